//! What made-up catalogs are made of: a tree of categories with the things that stand in them, adjectives,
//! materials, brands, tags, sizes, colours. Texts are (Korean, English).

/// A text in Korean and in English.
pub type Word = (&'static str, &'static str);

/// A category of the first level.
pub struct Root {
    pub slug: &'static str,
    pub name: Word,
    pub branches: &'static [Branch],
}

/// A category of the second level.
pub struct Branch {
    pub slug: &'static str,
    pub name: Word,
    pub leaves: &'static [Leaf],
}

/// A category of the third level, where products stand.
pub struct Leaf {
    pub slug: &'static str,
    pub name: Word,
    pub nouns: &'static [Word],
    pub family: &'static Family,
    pub sizes: &'static Sizes,
    /// Lowest and highest price, in thousands of won.
    pub price: (u32, u32),
    /// Lightest and heaviest, in grams.
    pub grams: (u32, u32),
}

/// Things that are described alike.
pub struct Family {
    pub adjectives: &'static [Word],
    pub materials: &'static [Word],
    /// Whether they come in colours.
    pub coloured: bool,
}

/// The sizes that a thing comes in.
pub struct Sizes {
    /// What the option is called.
    pub name: Word,
    /// Its values, smallest first; none if it comes in one size.
    pub values: &'static [Word],
    /// What each size costs and weighs beyond the one before, in percent of the first.
    pub step_percent: u32,
}

const COMFORTS: &[Word] = &[
    ("포근한", "Cozy"),
    ("담백한", "Plain"),
    ("가벼운", "Light"),
    ("도톰한", "Thick"),
    ("단정한", "Neat"),
    ("편안한", "Easy"),
    ("부드러운", "Soft"),
    ("고운", "Fine"),
    ("튼튼한", "Sturdy"),
    ("산뜻한", "Fresh"),
    ("은은한", "Subtle"),
    ("오래가는", "Lasting"),
];
const TASTES: &[Word] = &[
    ("구수한", "Nutty"),
    ("매콤한", "Spicy"),
    ("달콤한", "Sweet"),
    ("담백한", "Mild"),
    ("진한", "Rich"),
    ("바삭한", "Crisp"),
    ("쫄깃한", "Chewy"),
    ("갓 만든", "Freshly Made"),
    ("옛날", "Old-Style"),
    ("향긋한", "Fragrant"),
];
const CARES: &[Word] = &[
    ("촉촉한", "Dewy"),
    ("순한", "Gentle"),
    ("맑은", "Clear"),
    ("산뜻한", "Fresh"),
    ("진정", "Calming"),
    ("깊은", "Deep"),
    ("무향", "Unscented"),
    ("매일 쓰는", "Everyday"),
];

const FABRICS: Family = Family {
    adjectives: COMFORTS,
    materials: &[
        ("린넨", "Linen"),
        ("면", "Cotton"),
        ("울", "Wool"),
        ("캐시미어", "Cashmere"),
        ("모달", "Modal"),
        ("데님", "Denim"),
        ("코듀로이", "Corduroy"),
        ("실크", "Silk"),
        ("인견", "Rayon"),
        ("플리스", "Fleece"),
    ],
    coloured: true,
};
const LEATHERS: Family = Family {
    adjectives: COMFORTS,
    materials: &[("소가죽", "Leather"), ("스웨이드", "Suede"), ("캔버스", "Canvas"), ("나일론", "Nylon"), ("비건 가죽", "Vegan Leather")],
    coloured: true,
};
const CLAYS: Family = Family {
    adjectives: COMFORTS,
    materials: &[("백자", "Porcelain"), ("분청", "Buncheong"), ("옹기", "Onggi"), ("유리", "Glass"), ("참나무", "Oak"), ("놋쇠", "Brass")],
    coloured: false,
};
const BOTANICALS: Family = Family {
    adjectives: CARES,
    materials: &[
        ("쑥", "Mugwort"),
        ("녹차", "Green Tea"),
        ("쌀", "Rice"),
        ("인삼", "Ginseng"),
        ("동백", "Camellia"),
        ("병풀", "Centella"),
        ("유자", "Yuja"),
        ("콩", "Soybean"),
    ],
    coloured: false,
};
const HARVESTS: Family = Family {
    adjectives: TASTES,
    materials: &[
        ("현미", "Brown Rice"),
        ("흑임자", "Black Sesame"),
        ("고구마", "Sweet Potato"),
        ("단호박", "Pumpkin"),
        ("대추", "Jujube"),
        ("메밀", "Buckwheat"),
        ("들깨", "Perilla"),
        ("제주 감귤", "Jeju Tangerine"),
    ],
    coloured: false,
};
const PAPERS: Family = Family {
    adjectives: COMFORTS,
    materials: &[("한지", "Hanji"), ("재생지", "Recycled Paper"), ("황동", "Brass"), ("자작나무", "Birch"), ("알루미늄", "Aluminium")],
    coloured: true,
};

const ONE: Sizes = Sizes { name: ("크기", "Size"), values: &[], step_percent: 0 };
const WORN: Sizes = Sizes { name: ("사이즈", "Size"), values: &[("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")], step_percent: 0 };
const SHOES: Sizes =
    Sizes { name: ("사이즈", "Size"), values: &[("240", "240"), ("250", "250"), ("260", "260"), ("270", "270")], step_percent: 0 };
const BEDS: Sizes =
    Sizes { name: ("크기", "Size"), values: &[("싱글", "Single"), ("퀸", "Queen"), ("킹", "King")], step_percent: 25 };
const BOTTLES: Sizes =
    Sizes { name: ("용량", "Volume"), values: &[("100ml", "100 ml"), ("200ml", "200 ml"), ("400ml", "400 ml")], step_percent: 70 };
const PACKS: Sizes =
    Sizes { name: ("구성", "Pack"), values: &[("1개", "One"), ("3개", "Three"), ("6개", "Six"), ("10개", "Ten")], step_percent: 160 };

pub const COLOUR: Word = ("색상", "Colour");
pub const COLOURS: &[Word] = &[
    ("검정", "Black"),
    ("하양", "White"),
    ("회색", "Grey"),
    ("남색", "Navy"),
    ("베이지", "Beige"),
    ("갈색", "Brown"),
    ("초록", "Green"),
    ("하늘", "Sky Blue"),
    ("분홍", "Pink"),
    ("빨강", "Red"),
];

#[rustfmt::skip]
pub const BRANDS: &[&str] = &[
    "마루", "소담상회", "고요", "온결", "달빛공방", "바람결", "하루살림", "늘봄", "모래내", "서촌직물", "북촌도예", "산들", "다온",
    "라온", "이음", "여백", "담담", "결", "숲과들", "물결", "한올", "미르", "가람", "누리", "Mori", "Haneul", "Daily Object",
    "Oat & Salt", "Plain Room", "Northbound", "Field Notes Seoul", "Studio Yeon",
];

#[rustfmt::skip]
pub const TAGS: &[&str] = &[
    "베스트", "신상", "선물", "한정", "친환경", "수공예", "국내생산", "무료배송", "겨울", "여름", "집들이", "명절", "비건", "재입고",
    "단독", "세일", "1인가구", "캠핑", "출산선물", "에디터추천",
];

const fn leaf(
    slug: &'static str,
    name: Word,
    nouns: &'static [Word],
    family: &'static Family,
    sizes: &'static Sizes,
    price: (u32, u32),
    grams: (u32, u32),
) -> Leaf {
    Leaf { slug, name, nouns, family, sizes, price, grams }
}

/// The tree: 5 roots, 14 branches, 40 leaves.
#[rustfmt::skip]
pub const TREE: &[Root] = &[
    Root { slug: "fashion", name: ("패션", "Fashion"), branches: &[
        Branch { slug: "women", name: ("여성의류", "Women"), leaves: &[
            leaf("blouses", ("블라우스", "Blouses"), &[("블라우스", "Blouse"), ("셔츠", "Shirt"), ("탑", "Top")], &FABRICS, &WORN, (19, 89), (150, 350)),
            leaf("dresses", ("원피스", "Dresses"), &[("원피스", "Dress"), ("셔츠 원피스", "Shirt Dress"), ("생활한복", "Modern Hanbok")], &FABRICS, &WORN, (39, 189), (250, 600)),
            leaf("skirts", ("스커트", "Skirts"), &[("스커트", "Skirt"), ("주름치마", "Pleated Skirt")], &FABRICS, &WORN, (25, 99), (200, 500)),
            leaf("women-knitwear", ("여성 니트", "Women's Knitwear"), &[("가디건", "Cardigan"), ("스웨터", "Sweater"), ("니트 조끼", "Knit Vest")], &FABRICS, &WORN, (29, 149), (250, 700)),
        ] },
        Branch { slug: "men", name: ("남성의류", "Men"), leaves: &[
            leaf("shirts", ("셔츠", "Shirts"), &[("셔츠", "Shirt"), ("반팔 셔츠", "Short-Sleeve Shirt"), ("티셔츠", "Tee")], &FABRICS, &WORN, (15, 89), (180, 400)),
            leaf("trousers", ("바지", "Trousers"), &[("슬랙스", "Slacks"), ("와이드 팬츠", "Wide Pants"), ("반바지", "Shorts")], &FABRICS, &WORN, (29, 119), (300, 700)),
            leaf("jackets", ("재킷", "Jackets"), &[("재킷", "Jacket"), ("코트", "Coat"), ("점퍼", "Blouson")], &FABRICS, &WORN, (69, 389), (600, 1_800)),
        ] },
        Branch { slug: "shoes-and-bags", name: ("신발·가방", "Shoes and Bags"), leaves: &[
            leaf("sneakers", ("스니커즈", "Sneakers"), &[("스니커즈", "Sneakers"), ("운동화", "Trainers")], &LEATHERS, &SHOES, (49, 179), (600, 1_200)),
            leaf("loafers", ("로퍼", "Loafers"), &[("로퍼", "Loafers"), ("슬립온", "Slip-Ons"), ("고무신", "Gomusin")], &LEATHERS, &SHOES, (59, 229), (600, 1_300)),
            leaf("bags", ("가방", "Bags"), &[("토트백", "Tote"), ("백팩", "Backpack"), ("크로스백", "Crossbody Bag")], &LEATHERS, &ONE, (29, 259), (300, 1_500)),
            leaf("wallets", ("지갑", "Wallets"), &[("반지갑", "Wallet"), ("카드 지갑", "Card Holder")], &LEATHERS, &ONE, (19, 129), (50, 200)),
        ] },
    ] },
    Root { slug: "home", name: ("홈", "Home"), branches: &[
        Branch { slug: "bedding", name: ("침구", "Bedding"), leaves: &[
            leaf("duvets", ("이불", "Duvets"), &[("이불", "Duvet"), ("누비이불", "Quilted Duvet"), ("홑이불", "Sheet")], &FABRICS, &BEDS, (49, 289), (1_200, 4_500)),
            leaf("pillows", ("베개", "Pillows"), &[("베개", "Pillow"), ("베개 커버", "Pillowcase")], &FABRICS, &ONE, (12, 79), (300, 1_500)),
            leaf("blankets", ("담요", "Blankets"), &[("담요", "Blanket"), ("무릎담요", "Lap Blanket")], &FABRICS, &ONE, (19, 129), (500, 1_800)),
        ] },
        Branch { slug: "table", name: ("식탁", "Table"), leaves: &[
            leaf("bowls", ("그릇", "Bowls"), &[("밥그릇", "Rice Bowl"), ("국그릇", "Soup Bowl"), ("면기", "Noodle Bowl")], &CLAYS, &PACKS, (9, 49), (250, 700)),
            leaf("plates", ("접시", "Plates"), &[("접시", "Plate"), ("찬기", "Side Dish"), ("쟁반", "Tray")], &CLAYS, &PACKS, (8, 59), (200, 900)),
            leaf("cups", ("컵", "Cups"), &[("머그", "Mug"), ("찻잔", "Tea Cup"), ("술잔", "Drinking Cup")], &CLAYS, &PACKS, (7, 39), (100, 450)),
        ] },
        Branch { slug: "decoration", name: ("홈데코", "Decoration"), leaves: &[
            leaf("candles", ("향초", "Candles"), &[("향초", "Candle"), ("인센스", "Incense"), ("디퓨저", "Diffuser")], &BOTANICALS, &ONE, (12, 69), (150, 600)),
            leaf("vases", ("화병", "Vases"), &[("화병", "Vase"), ("달항아리", "Moon Jar")], &CLAYS, &ONE, (19, 299), (400, 2_500)),
            leaf("rugs", ("러그", "Rugs"), &[("러그", "Rug"), ("발매트", "Mat"), ("방석", "Floor Cushion")], &FABRICS, &ONE, (19, 249), (600, 4_000)),
        ] },
    ] },
    Root { slug: "beauty", name: ("뷰티", "Beauty"), branches: &[
        Branch { slug: "face", name: ("스킨케어", "Skincare"), leaves: &[
            leaf("toners", ("토너", "Toners"), &[("토너", "Toner"), ("미스트", "Mist")], &BOTANICALS, &BOTTLES, (9, 39), (150, 300)),
            leaf("serums", ("세럼", "Serums"), &[("세럼", "Serum"), ("앰플", "Ampoule"), ("오일", "Oil")], &BOTANICALS, &ONE, (15, 89), (60, 150)),
            leaf("creams", ("크림", "Creams"), &[("크림", "Cream"), ("로션", "Lotion"), ("선크림", "Sunscreen")], &BOTANICALS, &ONE, (12, 79), (80, 250)),
        ] },
        Branch { slug: "body", name: ("바디·헤어", "Body and Hair"), leaves: &[
            leaf("soaps", ("비누", "Soaps"), &[("비누", "Soap"), ("바디워시", "Body Wash")], &BOTANICALS, &PACKS, (5, 25), (100, 400)),
            leaf("hand-creams", ("핸드크림", "Hand Creams"), &[("핸드크림", "Hand Cream"), ("립밤", "Lip Balm")], &BOTANICALS, &PACKS, (5, 25), (40, 120)),
            leaf("hair", ("헤어", "Hair"), &[("샴푸", "Shampoo"), ("트리트먼트", "Treatment"), ("헤어 오일", "Hair Oil")], &BOTANICALS, &BOTTLES, (9, 45), (150, 500)),
        ] },
    ] },
    Root { slug: "groceries", name: ("먹거리", "Groceries"), branches: &[
        Branch { slug: "sweets", name: ("간식", "Sweets"), leaves: &[
            leaf("cookies", ("과자", "Cookies"), &[("쿠키", "Cookies"), ("약과", "Yakgwa"), ("강정", "Gangjeong")], &HARVESTS, &PACKS, (4, 19), (120, 400)),
            leaf("rice-cake", ("떡", "Rice Cake"), &[("인절미", "Injeolmi"), ("가래떡", "Garaetteok"), ("설기", "Seolgi")], &HARVESTS, &PACKS, (5, 22), (300, 800)),
        ] },
        Branch { slug: "beverages", name: ("마실거리", "Beverages"), leaves: &[
            leaf("teas", ("차", "Teas"), &[("차", "Tea"), ("식혜", "Sikhye"), ("청", "Fruit Syrup")], &HARVESTS, &PACKS, (6, 39), (80, 600)),
            leaf("coffees", ("커피", "Coffees"), &[("라떼", "Latte"), ("커피", "Coffee")], &HARVESTS, &PACKS, (8, 29), (200, 500)),
        ] },
        Branch { slug: "pantry", name: ("식료품", "Pantry"), leaves: &[
            leaf("pastes", ("장", "Pastes"), &[("된장", "Doenjang"), ("고추장", "Gochujang"), ("간장", "Soy Sauce")], &HARVESTS, &ONE, (7, 39), (400, 1_500)),
            leaf("noodle", ("면", "Noodles"), &[("국수", "Noodles"), ("떡볶이", "Tteokbokki"), ("라면", "Ramyeon")], &HARVESTS, &PACKS, (4, 15), (200, 600)),
            leaf("side-dishes", ("반찬", "Side Dishes"), &[("김치", "Kimchi"), ("장아찌", "Pickles"), ("김", "Seaweed")], &HARVESTS, &PACKS, (4, 25), (200, 1_000)),
        ] },
    ] },
    Root { slug: "leisure", name: ("여가", "Leisure"), branches: &[
        Branch { slug: "desk", name: ("문구", "Stationery"), leaves: &[
            leaf("notebooks", ("노트", "Notebooks"), &[("노트", "Notebook"), ("다이어리", "Diary"), ("엽서", "Postcards")], &PAPERS, &ONE, (3, 35), (80, 500)),
            leaf("pens", ("펜", "Pens"), &[("볼펜", "Ballpoint Pen"), ("만년필", "Fountain Pen"), ("연필", "Pencil")], &PAPERS, &PACKS, (2, 49), (15, 80)),
        ] },
        Branch { slug: "camping", name: ("캠핑", "Camping"), leaves: &[
            leaf("camp-cookware", ("캠핑 식기", "Camp Cookware"), &[("코펠", "Camp Pot"), ("캠핑컵", "Camp Cup")], &CLAYS, &ONE, (9, 89), (200, 1_500)),
            leaf("lanterns", ("랜턴", "Lanterns"), &[("랜턴", "Lantern"), ("무드등", "Lamp")], &PAPERS, &ONE, (19, 129), (300, 1_200)),
            leaf("camp-chairs", ("의자", "Chairs"), &[("캠핑 의자", "Camp Chair"), ("스툴", "Stool")], &LEATHERS, &ONE, (25, 149), (900, 3_500)),
        ] },
        Branch { slug: "kids", name: ("아이", "Kids"), leaves: &[
            leaf("toys", ("장난감", "Toys"), &[("블록", "Blocks"), ("인형", "Doll"), ("윷놀이", "Yut Set")], &PAPERS, &ONE, (9, 79), (200, 1_500)),
            leaf("kidswear", ("아동복", "Kidswear"), &[("우주복", "Romper"), ("내복", "Pyjamas"), ("조끼", "Vest")], &FABRICS, &WORN, (12, 59), (100, 300)),
        ] },
    ] },
];

/// Where products stand.
pub fn leaves() -> impl Iterator<Item = &'static Leaf> {
    TREE.iter().flat_map(|root| root.branches).flat_map(|branch| branch.leaves)
}
