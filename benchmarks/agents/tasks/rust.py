"""Four tasks in Rust, a crate without dependencies."""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, delete, edit, find, finish, move, read, run_tests

SHELL = "cargo test --offline"
CARGO = ("cargo",)
LIB = "pub mod cart;\npub mod receipt;\n"
CART = """\
/// Adds up prices.
pub fn total(prices: &[i64]) -> i64 {
    prices.iter().sum()
}
"""
RECEIPT = """\
use crate::cart::total;

/// Writes a receipt.
pub fn receipt(prices: &[i64]) -> String {
    format!("{} items, {} EUR", prices.len(), total(prices))
}
"""
CART_TEST = """\
use shop::cart::total;

#[test]
fn total_adds() {
    assert_eq!(total(&[1, 2]), 3);
}

#[test]
fn total_grows() {
    assert!(total(&[1, 2]) > total(&[1]));
}
"""
RECEIPT_TEST = """\
use shop::receipt::receipt;

#[test]
fn receipt_tells_the_total() {
    assert_eq!(receipt(&[1, 2]), "2 items, 3 EUR");
}
"""
SHOP = {
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
    "src/lib.rs": LIB,
    "src/cart.rs": CART,
    "src/receipt.rs": RECEIPT,
    "tests/cart.rs": CART_TEST,
    "tests/receipt.rs": RECEIPT_TEST,
}
OLD_TESTS = (
    "tests/cart.rs::total_adds",
    "tests/cart.rs::total_grows",
    "tests/receipt.rs::receipt_tells_the_total",
)

REPAIR = AgentTask(
    "rust-repair",
    "Rust",
    "repair",
    "The test total_adds fails: total in src/cart.rs adds one too many.",
    SHOP | {"src/cart.rs": CART.replace(".sum()", ".sum::<i64>() + 1")},
    OLD_TESTS,
    (
        read("src/cart.rs", "tests/cart.rs"),
        edit("src/cart.rs", ".sum::<i64>() + 1", ".sum()"),
        run_tests(),
        finish("total adds prices alone"),
    ),
    shell_tests=SHELL,
    programs=CARGO,
)

COUPONS = """\
/// What a coupon takes off a price; an unknown one takes nothing.
pub fn discount(code: &str, price: i64) -> i64 {
    let rate = match code {
        "SPRING" => 10,
        "STAFF" => 50,
        _ => 0,
    };
    price * rate / 100
}
"""
COUPONS_TEST = """\
use shop::cart::reduced;
use shop::coupons::discount;
use shop::receipt::coupon_receipt;

#[test]
fn a_coupon_takes_its_share() {
    assert_eq!(discount("STAFF", 80), 40);
    assert_eq!(discount("SPRING", 80), 8);
    assert_eq!(discount("unknown", 80), 0);
}

#[test]
fn a_total_is_reduced() {
    assert_eq!(reduced("SPRING", &[100, 100]), 180);
}

#[test]
fn a_receipt_names_its_coupon() {
    assert_eq!(coupon_receipt("STAFF", &[100]), "50 EUR (STAFF)");
}
"""
FEATURE = AgentTask(
    "rust-feature",
    "Rust",
    "feature",
    "Add coupons: src/coupons.rs with pub fn discount(code: &str, price: i64) -> i64, what a "
    "coupon takes off in whole EUR (SPRING 10 percent, STAFF 50, any other nothing); in "
    "src/cart.rs pub fn reduced(code: &str, prices: &[i64]) -> i64, the total less the discount; "
    "in src/receipt.rs pub fn coupon_receipt(code: &str, prices: &[i64]) -> String, such as 50 EUR "
    "(STAFF).",
    SHOP,
    (
        *OLD_TESTS,
        "tests/hidden.rs::a_coupon_takes_its_share",
        "tests/hidden.rs::a_total_is_reduced",
        "tests/hidden.rs::a_receipt_names_its_coupon",
    ),
    (
        read("src/lib.rs", "src/cart.rs", "src/receipt.rs", "tests/cart.rs"),
        create("src/coupons.rs", COUPONS),
        edit("src/lib.rs", "pub mod cart;\n", "pub mod cart;\npub mod coupons;\n"),
        edit(
            "src/cart.rs",
            "    prices.iter().sum()\n}\n",
            "    prices.iter().sum()\n}\n\n/// Adds up prices, and takes a coupon off.\n"
            "pub fn reduced(code: &str, prices: &[i64]) -> i64 {\n"
            "    let sum = total(prices);\n    sum - crate::coupons::discount(code, sum)\n}\n",
        ),
        edit(
            "src/receipt.rs",
            "prices.len(), total(prices))\n}\n",
            "prices.len(), total(prices))\n}\n\n/// Writes a receipt that names its coupon.\n"
            "pub fn coupon_receipt(code: &str, prices: &[i64]) -> String {\n"
            '    format!("{} EUR ({})", crate::cart::reduced(code, prices), code)\n}\n',
        ),
        create("tests/coupons.rs", COUPONS_TEST),
        run_tests(),
        finish("coupons are taken off totals and named on receipts"),
    ),
    hidden={"tests/hidden.rs": COUPONS_TEST.replace("&[100, 100]", "&[200]")},
    playbook="change",
    shell_tests=SHELL,
    programs=CARGO,
)

GONE_TEST = """\
#[test]
fn legacy_sums_are_gone() {
    assert!(!std::path::Path::new("src/legacy.rs").exists());
}
"""
DELETE = AgentTask(
    "rust-delete",
    "Rust",
    "delete",
    "The test legacy_sums_are_gone fails: src/legacy.rs has to go, and receipt has to take total "
    "from src/cart.rs.",
    SHOP
    | {
        "src/lib.rs": "pub mod cart;\npub mod legacy;\npub mod receipt;\n",
        "src/legacy.rs": CART.replace("total", "old_total"),
        "src/receipt.rs": RECEIPT.replace("cart::total", "legacy::old_total").replace(
            " total(", " old_total("
        ),
        "tests/gone.rs": GONE_TEST,
    },
    ("tests/gone.rs::legacy_sums_are_gone", *OLD_TESTS),
    (
        find("legacy"),
        read("src/lib.rs", "src/legacy.rs", "src/receipt.rs"),
        (
            *edit("src/receipt.rs", "use crate::legacy::old_total;", "use crate::cart::total;"),
            *edit("src/receipt.rs", ", old_total(prices)", ", total(prices)"),
            *edit("src/lib.rs", "pub mod legacy;\n", ""),
            *delete("src/legacy.rs"),
        ),
        run_tests(),
        finish("legacy.rs is gone"),
    ),
    shell_tests=SHELL,
    programs=CARGO,
)

PLACES_TEST = """\
#[test]
fn receipts_are_in_output() {
    assert!(std::path::Path::new("src/output/receipt.rs").exists());
    assert!(!std::path::Path::new("src/receipt.rs").exists());
}
"""
MAIN = (
    "use crate::receipt::receipt;\n\n/// Shows a receipt.\npub fn show(prices: &[i64]) -> usize {\n"
)
MAIN += "    receipt(prices).len()\n}\n"
MAIN_TEST = "use shop::show::show;\n\n#[test]\nfn show_shows() {\n"
MAIN_TEST += "    assert_eq!(show(&[1, 2]), 14);\n}\n"
MOVE = AgentTask(
    "rust-move",
    "Rust",
    "move",
    "The test receipts_are_in_output fails: src/receipt.rs has to move to src/output/receipt.rs, a "
    "module of output, and src/show.rs has to take it from there.",
    {name: text for name, text in SHOP.items() if name != "tests/receipt.rs"}
    | {
        "src/lib.rs": LIB + "pub mod show;\n",
        "src/show.rs": MAIN,
        "tests/show.rs": MAIN_TEST,
        "tests/places.rs": PLACES_TEST,
    },
    ("tests/places.rs::receipts_are_in_output", "tests/show.rs::show_shows", *OLD_TESTS[:2]),
    (
        find("receipt"),
        read("src/lib.rs", "src/receipt.rs", "src/show.rs"),
        move("src/receipt.rs", "src/output/receipt.rs"),
        create("src/output/mod.rs", "pub mod receipt;\n"),
        edit("src/lib.rs", "pub mod receipt;", "pub mod output;"),
        edit("src/show.rs", "use crate::receipt::", "use crate::output::receipt::"),
        run_tests(),
        finish("receipts are in output"),
    ),
    shell_tests=SHELL,
    programs=CARGO,
)

TASKS = (REPAIR, FEATURE, DELETE, MOVE)
