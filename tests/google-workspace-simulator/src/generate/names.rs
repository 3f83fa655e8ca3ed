//! Names of many scripts, each with the Latin form that an address is made of.

/// A written name and its Latin form.
pub(super) type Name = (&'static str, &'static str);

/// Given and family names that belong together.
pub(super) struct Region {
    pub(super) given: &'static [Name],
    pub(super) family: &'static [Name],
}

#[rustfmt::skip]
pub(super) const REGIONS: &[Region] = &[
    Region {
        given: &[("Ava", "ava"), ("Noah", "noah"), ("Emma", "emma"), ("Liam", "liam"), ("Mary Ann", "maryann"),
            ("Jean-Luc", "jeanluc"), ("Grace", "grace"), ("Henry", "henry"), ("T. J.", "tj"), ("Zoe", "zoe")],
        family: &[("Smith", "smith"), ("Johnson", "johnson"), ("O'Brien", "obrien"), ("O\u{2019}Neill", "oneill"),
            ("MacDonald", "macdonald"), ("Taylor-Jones", "taylorjones"), ("Lee", "lee"), ("Brown Jr.", "brown"), ("D'Arcy", "darcy")],
    },
    Region {
        given: &[("José", "jose"), ("María José", "mariajose"), ("Nuño", "nuno"), ("Inés", "ines"), ("João", "joao"), ("Conceição", "conceicao")],
        family: &[("García Márquez", "garciamarquez"), ("Muñoz", "munoz"), ("Núñez", "nunez"), ("de la Cruz", "delacruz"),
            ("Gonçalves", "goncalves"), ("Peña y Lillo", "penaylillo")],
    },
    Region {
        given: &[("Zoë", "zoe"), ("François", "francois"), ("Anaïs", "anais"), ("Björn", "bjorn"), ("Søren", "soren"), ("Åsa", "asa"), ("Jürgen", "juergen")],
        family: &[("Müller-Lüdenscheidt", "mueller"), ("d'Estaing", "destaing"), ("L'Écuyer", "lecuyer"), ("Ångström", "angstrom"),
            ("Weiß", "weiss"), ("van den Berg", "vandenberg"), ("von und zu Hohenstein", "hohenstein")],
    },
    Region {
        given: &[("Łukasz", "lukasz"), ("Žofie", "zofie"), ("Ștefan", "stefan"), ("Győző", "gyozo"), ("İpek", "ipek"), ("Ağca", "agca")],
        family: &[("Wójcik", "wojcik"), ("Dvořák", "dvorak"), ("Țurcanu", "turcanu"), ("Szőke", "szoke"), ("Yıldırım", "yildirim"), ("Nguyễn", "nguyen")],
    },
    Region {
        given: &[("محمد", "mohammed"), ("فاطمة", "fatima"), ("عبد الرحمن", "abdulrahman"), ("ليلى", "layla")],
        family: &[("الفارسي", "alfarsi"), ("حداد", "haddad"), ("بن علي", "benali"), ("الشمري", "alshammari")],
    },
    Region {
        given: &[("נועה", "noa"), ("יוסף", "yosef"), ("תמר", "tamar"), ("דוד", "david")],
        family: &[("כהן", "cohen"), ("בן־דוד", "bendavid"), ("לוי", "levi"), ("פרידמן", "friedman")],
    },
    Region {
        given: &[("Ольга", "olga"), ("Дмитрий", "dmitry"), ("Їжак", "yizhak"), ("Ελένη", "eleni"), ("Γιώργος", "giorgos")],
        family: &[("Иванова", "ivanova"), ("Щербаков", "shcherbakov"), ("Παπαδόπουλος", "papadopoulos"), ("Ґудзь", "gudz")],
    },
    Region {
        given: &[("伟", "wei"), ("さくら", "sakura"), ("민준", "minjun"), ("प्रिया", "priya"), ("สมชาย", "somchai"), ("𠮷", "yoshi")],
        family: &[("王", "wang"), ("髙橋", "takahashi"), ("김", "kim"), ("शर्मा", "sharma"), ("ใจดี", "jaidee"), ("欧阳", "ouyang")],
    },
];

/// People who go by one word.
pub(super) const ONE_WORD: &[Name] = &[
    ("Sukarno", "sukarno"),
    ("Björk", "bjork"),
    ("Teller", "teller"),
    ("शिवा", "shiva"),
];

/// Given and family names of exactly 60 characters, the longest that Google accepts.
pub(super) const LONGEST: (&str, &str) = (
    "Maximiliana Alexandrina Bartholomea Christophorina Dominique",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis",
);

/// Job titles; several have emoji, one of them joined from three.
pub(super) const TITLES: &[&str] = &[
    "Account Executive",
    "Software Engineer",
    "Head of Fun \u{1f389}",
    "Support Engineer",
    "Développeuse \u{1f469}\u{200d}\u{1f4bb}",
    "VP, Sales & Marketing",
    "Ingénieur réseau",
    "Chief \"Everything\" Officer \u{1f680}\u{1f1e8}\u{1f1ed}",
    "Office Manager",
    "営業部長",
];

/// Org units: path, and the department of the people in it.
pub(super) const UNITS: &[(&str, &str)] = &[
    ("/Sales", "Sales"),
    ("/Sales/EMEA", "Sales EMEA"),
    ("/Sales/Jack's Team", "Sales"),
    ("/Engineering", "Engineering"),
    ("/Engineering/R&D", "R&D"),
    ("/Support", "Support"),
    ("/Büro Zürich", "Administration"),
    ("/Contractors", "External"),
];
