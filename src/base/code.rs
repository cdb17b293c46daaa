//! Codes of findings, each with its meaning: the one list that everything else about a code is read off.

use std::fmt;

use super::language::Text;

/// Makes the enum, its list and its texts, so that none can lack an entry.
macro_rules! codes {
    ($($code:ident $indonesian:literal $english:literal)*) => {
        /// Code of a finding, stable over versions: `E` for errors, `W` for warnings, `A` for advice.
        ///
        /// ```
        /// use tanggap::base::Code;
        ///
        /// assert_eq!(Code::E101.as_str(), "E101");
        /// assert!(Code::E101.meaning().en.contains("TOML"));
        /// assert_eq!(Code::ALL.iter().filter(|code| **code == Code::E101).count(), 1);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $english] $code,)*
            /// Code of a lint or advice of another crate; by custom its letter is `X`.
            Other(&'static str),
        }

        impl Code {
            /// All codes of this crate, in the order of the manual.
            pub const ALL: &'static [Code] = &[$(Code::$code),*];

            /// The code as it is written.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$code => stringify!($code),)*
                    Code::Other(code) => code,
                }
            }

            /// Meaning and mend, with more room than a finding has; empty for codes of other crates.
            pub fn meaning(self) -> Text {
                match self {
                    $(Code::$code => Text::new($indonesian, $english),)*
                    Code::Other(_) => Text::same(""),
                }
            }
        }
    };
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

codes! {
    E101
    "berkas bukan TOML yang benar; koma desimal adalah sebab tersering: tulis 2.5, bukan 2,5"
    "the file is no valid TOML; a decimal comma is the most common reason: write 2.5, not 2,5"
    E102
    "berkas aturan terlalu besar untuk ditulis tangan; mungkin berkas lain tersesat di folder ini"
    "a rule file too large to be written by hand; perhaps another file strayed into this folder"
    E103
    "berkas bukan teks UTF-8: simpan ulang dari penyunting sebagai UTF-8"
    "the file is not UTF-8 text: save it again from the editor as UTF-8"
    E104
    "angka dengan digit lebih banyak daripada yang dapat disimpan tepat; skornya bukan lagi yang tertulis, jadi ditolak"
    "a number with more digits than can be held exactly; scores would not be what is written, so it is refused"
    E105
    "dasar yang disebut `extends` tidak ada: periksa tahun atau nama indeksnya"
    "the base that `extends` names does not exist: check the year or the index"
    E106
    "rantai `extends` berputar kembali ke dirinya, atau terlalu panjang: satu tahun harus berdiri sendiri"
    "the chain of `extends` leads back to itself, or is too long: one year must stand on its own"
    E107
    "yang dihapus dengan `remove = true` tidak ada dalam dasarnya"
    "what `remove = true` takes out is not in the base"
    E108
    "`remove = true` harus sendirian: yang dihapus tidak punya kunci lain"
    "`remove = true` stands alone: what is taken out has no other keys"
    E109
    "kurung, tanda kutip atau tabel yang tidak ditutup; mulai dari sana berkas terbaca salah"
    "a bracket, quote or table that is not closed; from there on the file is misread"
    E110
    "bagian dasar diubah dalam berkas variabelnya sendiri, bukan berkas lain"
    "a part of the base is changed in the file of its own variable, not in another"
    E111
    "tanda kendali dalam berkas aturan, yang bagi terminal adalah perintah"
    "a control character in a rule file, which is an order to a terminal"
    E201
    "kunci yang tidak dikenal di sini, mungkin salah ketik; kunci tak dikenal tidak pernah diabaikan"
    "a key that is not known here, perhaps a slip; unknown keys are never passed over"
    E202
    "nilainya berjenis lain: angka, teks, ya/tidak, daftar atau tabel"
    "the value is of another kind: a number, text, true or false, a list or a table"
    E203
    "kunci yang wajib belum ditulis"
    "a key that must be there is not written"
    E204
    "kata yang bukan salah satu pilihannya"
    "a word that is none of the choices"
    E205
    "cara normalisasi atau agregasi ini memerlukan kunci yang belum ditulis, misalnya nilai acuan `worst` dan `best`"
    "this normalisation or aggregation needs a key that is not written, such as the goalposts `worst` and `best`"
    E206
    "`remove` hanya berarti dalam perangkat aturan yang punya dasar (`extends`)"
    "`remove` has a meaning only in a rule set with a base (`extends`)"
    E207
    "nilai mentah datang dari satu tempat: satu kolom (`column`) atau satu rumus (`value`)"
    "a raw value comes from one place: a column (`column`) or an expression (`value`)"
    E208
    "kunci yang tidak dipakai cara ini; angka yang tidak berpengaruh tidak boleh tampak berpengaruh"
    "a key that this method does not use; a number without effect must not look as if it had one"
    E209
    "pilihan normalisasi yang tidak mungkin bersama, misalnya `worst` sama dengan `best`"
    "options of a normalisation that cannot be together, such as a `worst` that is the `best`"
    E210
    "arah `better` diperlukan, atau tidak berlaku, pada cara ini"
    "the direction `better` is needed, or does not apply, with this method"
    E211
    "`rescale` hanya berlaku pada jumlah"
    "`rescale` applies to sums alone"
    E212
    "perlakuan pencilan dengan logaritma tidak cocok dengan batas pada skala mentah"
    "treating outliers by a logarithm does not go with limits on the raw scale"
    E301
    "id ditulis dengan huruf kecil, angka dan garis bawah, dimulai huruf"
    "an id is written in lower case letters, digits and underscores, and begins with a letter"
    E302
    "nama ini milik bahasa rumus"
    "this name belongs to the language of formulas"
    E303
    "satu nama dipakai dua kali; dalam satu indeks setiap nama menunjuk satu hal"
    "one name is used twice; within an index each name means one thing"
    E304
    "induk yang disebut tidak ada, atau sebuah indikator, yang tidak punya bagian"
    "the parent that is named does not exist, or is an indicator, which has no children"
    E305
    "rantai induk berputar dan tidak sampai ke indeks"
    "the chain of parents goes in a circle and does not lead to the index"
    E306
    "variabel atau bagian tanpa satu indikator pun di bawahnya"
    "a variable or a part without any indicator below"
    E307
    "berkas rumus tanpa variabel yang senama"
    "a formula file without a variable of its name"
    E308
    "skor satu bagian dihitung dengan satu cara: rumus, atau agregasi bernama"
    "a score is made in one way: by a formula, or by a named aggregation"
    E309
    "bobot harus dari 0 sampai 10^12"
    "a weight lies between 0 and 10^12"
    E310
    "saudara-saudara diberi bobot semuanya, atau tidak satu pun"
    "siblings have weights all of them, or none of them"
    E311
    "semua bobot nol: tidak ada yang dihitung"
    "all weights are zero: nothing would count"
    E312
    "pohon indeks terlalu dalam"
    "the tree of the index is too deep"
    E401
    "rumus tidak terbaca: tanda yang salah, kurung tidak ditutup, koma desimal, atau kata yang bukan milik bahasa rumus"
    "the formula cannot be read: a wrong sign, a bracket that is not closed, a decimal comma, or a word that formulas do not have"
    E402
    "berkas `lib` hanya berisi fungsi"
    "a file of `lib` holds functions alone"
    E403
    "nama fungsi sudah dipakai"
    "the name of the function is taken"
    E404
    "rumus terlalu panjang"
    "the formula is too long"
    E405
    "`value` adalah satu ungkapan saja; yang lebih panjang menjadi rumus variabel"
    "`value` is one expression alone; what is longer becomes the formula of a variable"
    E406
    "rumus harus selalu menghasilkan satu angka, pada setiap cabangnya"
    "a formula must always give a number, in each of its branches"
    E407
    "rumus menghabiskan terlalu banyak langkah untuk satu wilayah"
    "the formula takes too many steps for one region"
    E408
    "bagian bahasa Rhai yang tidak ada dalam rumus"
    "a part of Rhai that formulas do not have"
    E409
    "jenis nilai tidak cocok: angka di tempat ya/tidak, daftar di tempat angka, dan sebagainya"
    "kinds do not fit: a number where yes or no is needed, a list where a number is, and so on"
    E410
    "angka dengan digit lebih banyak daripada yang dapat disimpan tepat"
    "a number with more digits than can be held exactly"
    E411
    "nama yang tidak dikenal di sini: rumus melihat bagian langsungnya, `parameters.…`, `raw.…` dan `year`"
    "a name that is not known here: a formula sees its direct children, `parameters.…`, `raw.…` and `year`"
    E412
    "nilai ini tidak pernah kosong, jadi tidak perlu ditanya"
    "this value is never missing, so there is nothing to ask"
    E413
    "posisi di luar daftar"
    "a position outside the list"
    E414
    "nama ini sudah berarti lain; nama kedua akan menutupinya"
    "the name means something already; a second one would hide it"
    E415
    "variabel belum dibuat dengan `let`, atau tidak boleh diubah"
    "the variable has not been made by `let`, or cannot be changed"
    E416
    "batas rentang harus bilangan bulat yang diketahui sebelum data dibaca"
    "the bound of a range must be a whole number that is known before data is read"
    E417
    "banyaknya argumen fungsi tidak cocok"
    "a function takes another number of arguments"
    E418
    "fungsi memanggil dirinya: lamanya tidak dapat dibatasi"
    "a function calls itself: how long it takes has no bound"
    E419
    "fungsi yang tidak dikenal"
    "a function that is not known"
    E420
    "fungsi saling memanggil terlalu dalam"
    "functions call each other too deeply"
    E421
    "rumus bersarang terlalu dalam"
    "the formula is nested too deeply"
    E422
    "`clamp` dengan batas tertukar: tidak ada nilai di antaranya"
    "`clamp` with its limits exchanged: there is no value between them"
    E499
    "rumus yang tidak dipahami mesin ini; laporkan sebagai kesalahan kami"
    "a formula that this engine does not understand; report it as a fault of ours"
    E501
    "setiap kategori punya satu batas bawah, `from` (termasuk) atau `above` (tidak termasuk)"
    "each band has one lower bound, `from` (included) or `above` (not included)"
    E502
    "dua kategori dengan batas bawah yang sama"
    "two bands with the same lower bound"
    E503
    "kategori yang disebut tidak ada"
    "the band that is named does not exist"
    E601
    "perangkat aturan minta statistik acuan yang dibekukan, dan `population.toml` belum dibuat (`tanggap freeze`)"
    "the rule set asks for frozen reference statistics, and there is no `population.toml` yet (`tanggap freeze`)"
    E602
    "`population.toml` tidak memuat yang diperlukan satu indikator; bekukan lagi"
    "`population.toml` does not hold what an indicator needs; freeze again"
    E603
    "nilai mentah satu indikator kini ditentukan lain daripada saat dibekukan; statistik lama bukan lagi miliknya"
    "the raw values of an indicator are defined otherwise than when they were frozen; the old statistics are no longer its own"
    E604
    "statistik acuan yang mustahil, misalnya rata-rata di luar ujungnya"
    "impossible reference statistics, such as a mean outside its ends"
    E605
    "nama berkas ini milik statistik acuan"
    "this file name belongs to the reference statistics"
    E701
    "perangkat aturan yang disegel berubah, sendiri atau lewat dasarnya; skor yang sudah terbit tidak boleh berubah diam-diam"
    "a rule set that is sealed has changed, itself or through its base; published scores must not change in silence"
    E702
    "berkas segel disunting atau terpotong; ambil kembali yang asli, atau segel ulang dengan alasan"
    "the seal was edited or cut off; get the original back, or seal anew with a reason"
    E800
    "sebuah kasus uji tidak mendapat yang diharapkannya"
    "a test case did not get what it expects"
    E801
    "folder `tests` tanpa satu kasus pun: uji yang selalu lulus"
    "a folder `tests` without any case: a test that always passes"
    E802
    "kasus tanpa harapan: tidak dapat gagal"
    "a case that expects nothing: it cannot fail"
    E803
    "kasus menyebut bagian yang tidak dimiliki perangkat aturan"
    "a case names a part that the rule set does not have"
    E804
    "kasus memberi nilai untuk kolom yang tidak dibaca"
    "a case gives a value for a column that is not read"
    E805
    "nilai sebuah kasus datang dari `given`, atau dari `data` dan `region`, tidak dari keduanya"
    "the values of a case come from `given`, or from `data` and `region`, not from both"
    E806
    "berkas data yang disebut kasus tidak ada di folder `tests`"
    "the data file that a case names is not in the folder `tests`"
    E807
    "toleransi negatif, atau begitu lebar sehingga setiap skor diterima"
    "a tolerance that is negative, or so wide that every score is taken"
    E808
    "skor yang diharapkan punya lebih banyak desimal daripada yang diterbitkan; bulatkan, atau tulis toleransi"
    "an expected score has more decimals than are published; round it, or write a tolerance"
    E809
    "wilayah dinilai terhadap wilayah lain, jadi kasusnya perlu berkas data"
    "regions are judged against each other, so that a case needs a data file"
    E810
    "yang dicoba dengan `set` tidak dapat dipakai pada perangkat aturan ini"
    "what `set` tries out does not fit this rule set"
    E811
    "data sebuah kasus tidak dapat dibaca atau diberi skor"
    "the data of a case cannot be read or scored"
    E812
    "berkas data tidak punya wilayah yang disebut kasus"
    "the data file has no region that a case names"
    E813
    "`[survivors]` memberi alasan bagi perubahan kecil yang tidak ada, atau tidak ada lagi"
    "`[survivors]` gives a reason for a small edit that does not exist, or no longer does"
    W001
    "berkas yang bukan berkas aturan, jadi tidak dibaca"
    "a file that is no rule file, and is not read"
    W002
    "`[lints]` menyebut kode yang tidak ada"
    "`[lints]` names a code that there is not"
    W003
    "folder atau berkas di antara berkas aturan yang tidak dibaca, karena nama atau tempatnya sedikit keliru"
    "a folder or file among the rule files that is not read, since its name or its place is slightly off"
    W101
    "bagian yang tidak dibaca oleh rumus induknya tidak berpengaruh pada skor mana pun"
    "a child that the formula of its parent does not read has no effect on any score"
    W102
    "parameter yang tidak dibaca rumus mana pun: mengubahnya tidak mengubah apa-apa"
    "a parameter that no formula reads: changing it changes nothing"
    W103
    "kategori terendah tidak mulai dari ujung bawah skala: sebagian wilayah bisa tanpa kategori"
    "the lowest band does not begin at the lower end of the scale: some regions may get no band"
    W104
    "kategori yang mulai di luar skala, atau yang seluruhnya tertutup kategori di atasnya, tidak dapat dicapai"
    "a band that begins beyond the scale, or that lies wholly below another that begins at its lower end, cannot be reached"
    W105
    "bobot di bawah metode yang tidak memakai bobot (jumlah, hitungan, nilai terkecil/terbesar)"
    "a weight below a method that does not weigh (sum, count, minimum, maximum)"
    W106
    "angka internal yang dapat dihitung dari induk dan saudaranya"
    "an internal figure that can be worked out from its parent and siblings"
    W107
    "wilayah internal yang angkanya dapat dihitung dari populasi acuan"
    "internal regions whose figures can be worked out from the reference population"
    W108
    "bobot yang jumlahnya bukan `weights_sum`: biasanya satu bobot salah tulis atau lupa diubah"
    "weights that do not add up to `weights_sum`: mostly one of them is a slip, or was forgotten"
    W109
    "angka dalam rumus yang sebaiknya menjadi parameter: di `[parameters]` ia punya nama, judul dan rujukan, dan `tanggap diff` menyebutnya"
    "a number in a formula that had better be a parameter: in `[parameters]` it has a name, a title and a reference, and `tanggap diff` names it"
    W110
    "bobot atau parameter yang belum ditinjau untuk tahun program ini, padahal perangkat aturannya mencatat tinjauan (`reviewed`)"
    "a weight or parameter not reviewed for this program year, in a rule set that dates its reviews (`reviewed`)"
    W111
    "angka dalam aturan resmi tanpa `reference`, baik padanya maupun pada indeksnya: sebutkan di mana ia terbit"
    "a figure of official rules without `reference`, neither its own nor one of the index: say where it is published"
    W112
    "judul yang hanya ditulis dalam satu bahasa, padahal yang lain dua: laporan berbahasa lain akan menampilkan yang ini apa adanya"
    "a title written in one language only, while others are in both: reports in the other language will show it as it is"
    W113
    "rumus membandingkan angka hasil hitungan, atau mengambil sisa baginya, tanpa membulatkannya: selisih di digit terakhir, yang tidak tampak, dapat menentukan; bulatkan dengan `round(x, 6)`, atau dengan `round_to` pada bagiannya"
    "a formula compares a calculated number, or takes its remainder, without rounding it: a difference in the last digits, which nobody sees, may decide; round by `round(x, 6)`, or by `round_to` of the node"
    W114
    "angka dengan tepat tiga digit sesudah titik, yang di banyak kantor berarti ribuan: `12.500` di sini 12,5; tulis `12_500` atau `12.5000` sesuai maksudnya. Juga `1,5` di antara argumen fungsi, yang berarti dua angka"
    "a number with exactly three digits after its point, which means thousands in many offices: `12.500` is 12.5 here; write `12_500` or `12.5000`, whichever is meant. Also `1,5` among the arguments of a function, which are two numbers"
    W115
    "berkas aturan berisi tanda yang tidak tampak dan membalik arah baca, atau kata dengan huruf dari beberapa aksara, misalnya `а` Kiril di antara huruf Latin: yang terbaca bukan yang dihitung"
    "a rule file has signs that are not seen and turn the direction of reading, or a word with letters of several scripts, such as a Cyrillic `а` among Latin letters: what is read is not what is calculated"
    A101
    "nilai acuan (`worst`, `best`) yang jauh dilampaui data: wilayah di luarnya mendapat skor sama, betapapun berbeda"
    "goalposts (`worst`, `best`) that the data exceeds by much: regions beyond them score the same, however different they are"
    A102
    "indikator yang skornya berlawanan dengan saudara-saudaranya: mungkin `worst` dan `best` tertukar"
    "an indicator whose scores go against those of its siblings: perhaps `worst` and `best` are the wrong way round"
    A103
    "indikator yang nilainya sama di semua wilayah: ia tidak membedakan apa pun"
    "an indicator with one value in all regions: it tells nothing apart"
    A104
    "dua indikator yang nyaris sama: hal yang sama dihitung dua kali"
    "two indicators that are nearly the same: one thing is counted twice"
    A201
    "rumus yang skornya turun ketika satu bagiannya naik, dengan contoh; dicari pada sejumlah titik, sehingga diam bukan bukti"
    "a formula whose score falls when one of its parts rises, with an example; it is looked for at some points, so that silence is no proof"
    A202
    "nama kategori tahun sebelumnya yang tidak ada lagi: wilayah yang menyandangnya tidak dapat dibandingkan"
    "the name of a band of the year before that is no longer there: regions that bore it cannot be compared"
}
