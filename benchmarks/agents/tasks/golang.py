"""Five tasks in Go."""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, delete, edit, find, finish, move, read, run_tests

SHELL = "go test ./..."
GO = ("go",)
CART = """\
package shop

// Total adds up prices.
func Total(prices ...int) int {
	sum := 0
	for _, one := range prices {
		sum += one
	}
	return sum
}
"""
RECEIPT = """\
package shop

import "fmt"

// Receipt writes a receipt.
func Receipt(prices ...int) string {
	return fmt.Sprintf("%d items, %d EUR", len(prices), Total(prices...))
}
"""
CART_TEST = """\
package shop

import "testing"

func TestTotalAdds(t *testing.T) {
	if Total(1, 2) != 3 {
		t.Error("wrong")
	}
}

func TestTotalGrows(t *testing.T) {
	if Total(1, 2) <= Total(1) {
		t.Error("wrong")
	}
}
"""
RECEIPT_TEST = """\
package shop

import "testing"

func TestReceipt(t *testing.T) {
	if Receipt(1, 2) != "2 items, 3 EUR" {
		t.Error(Receipt(1, 2))
	}
}
"""
SHOP = {
    "go.mod": "module example.com/shop\n\ngo 1.19\n",
    "cart.go": CART,
    "receipt.go": RECEIPT,
    "cart_test.go": CART_TEST,
    "receipt_test.go": RECEIPT_TEST,
}
OLD_TESTS = (
    "cart_test.go::TestTotalAdds",
    "cart_test.go::TestTotalGrows",
    "receipt_test.go::TestReceipt",
)

REPAIR = AgentTask(
    "go-repair",
    "Go",
    "repair",
    "The test TestTotalAdds fails: Total in cart.go begins with one too many.",
    SHOP | {"cart.go": CART.replace("sum := 0", "sum := 1")},
    OLD_TESTS,
    (
        read("cart.go", "cart_test.go"),
        edit("cart.go", "\tsum := 1", "\tsum := 0"),
        run_tests(),
        finish("Total begins with nothing"),
    ),
    shell_tests=SHELL,
    programs=GO,
)

COUPONS = """\
package shop

// Discount returns what a coupon takes off a price; an unknown one takes nothing.
func Discount(code string, price int) int {
	rate := 0
	switch code {
	case "SPRING":
		rate = 10
	case "STAFF":
		rate = 50
	}
	return price * rate / 100
}
"""
COUPONS_TEST = """\
package shop

import "testing"

func TestDiscountTakesItsShare(t *testing.T) {
	if Discount("STAFF", 80) != 40 || Discount("SPRING", 80) != 8 || Discount("unknown", 80) != 0 {
		t.Error("wrong")
	}
}

func TestReducedTotal(t *testing.T) {
	if Reduced("SPRING", 100, 100) != 180 {
		t.Error(Reduced("SPRING", 100, 100))
	}
}

func TestReceiptNamesItsCoupon(t *testing.T) {
	if CouponReceipt("STAFF", 100) != "50 EUR (STAFF)" {
		t.Error(CouponReceipt("STAFF", 100))
	}
}
"""
FEATURE = AgentTask(
    "go-feature",
    "Go",
    "feature",
    "Add coupons: coupons.go with Discount(code string, price int) int, what a coupon takes off in "
    "whole EUR (SPRING 10 percent, STAFF 50, any other nothing); in cart.go Reduced(code string, "
    "prices ...int) int, the total less the discount; in receipt.go CouponReceipt(code string, "
    "prices ...int) string, such as 50 EUR (STAFF).",
    SHOP,
    (
        *OLD_TESTS,
        "hidden_test.go::TestHiddenDiscount",
        "hidden_test.go::TestHiddenTotal",
        "hidden_test.go::TestHiddenReceipt",
    ),
    (
        read("cart.go", "receipt.go", "cart_test.go"),
        create("coupons.go", COUPONS),
        edit(
            "cart.go",
            "\treturn sum\n}",
            "\treturn sum\n}\n\n// Reduced adds up prices, and takes a coupon off.\n"
            "func Reduced(code string, prices ...int) int {\n"
            "\tsum := Total(prices...)\n\treturn sum - Discount(code, sum)\n}",
        ),
        edit(
            "receipt.go",
            "len(prices), Total(prices...))\n}",
            "len(prices), Total(prices...))\n}\n\n"
            "// CouponReceipt writes a receipt that names its coupon.\n"
            "func CouponReceipt(code string, prices ...int) string {\n"
            '\treturn fmt.Sprintf("%d EUR (%s)", Reduced(code, prices...), code)\n}',
        ),
        create("coupons_test.go", COUPONS_TEST),
        run_tests(),
        finish("coupons are taken off totals and named on receipts"),
    ),
    hidden={
        "hidden_test.go": COUPONS_TEST.replace("TestDiscountTakesItsShare", "TestHiddenDiscount")
        .replace("TestReducedTotal", "TestHiddenTotal")
        .replace("TestReceiptNamesItsCoupon", "TestHiddenReceipt")
        .replace("100, 100", "200")
    },
    playbook="change",
    shell_tests=SHELL,
    programs=GO,
)

NAMES_TEST = """\
package shop

import (
	"go/parser"
	"go/token"
	"testing"
)

func TestNamesOfCart(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "cart.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if file.Scope.Lookup("SumUp") == nil || file.Scope.Lookup("Total") != nil {
		t.Error("Total is not called SumUp")
	}
}
"""
RENAME = AgentTask(
    "go-rename",
    "Go",
    "rename",
    "The test TestNamesOfCart fails: Total in cart.go has to be called SumUp, wherever it is used.",
    {name: text for name, text in SHOP.items() if name != "cart_test.go"}
    | {"names_test.go": NAMES_TEST},
    ("names_test.go::TestNamesOfCart", OLD_TESTS[2]),
    (
        find("Total"),
        read("cart.go", "receipt.go"),
        (
            *edit("cart.go", "// Total adds", "// SumUp adds"),
            *edit("cart.go", "func Total(", "func SumUp("),
            *edit("receipt.go", "Total(prices...)", "SumUp(prices...)"),
        ),
        run_tests(),
        finish("Total is called SumUp"),
    ),
    shell_tests=SHELL,
    programs=GO,
)

GONE_TEST = """\
package shop

import (
	"os"
	"testing"
)

func TestNoLegacySums(t *testing.T) {
	if _, err := os.Stat("legacy.go"); err == nil {
		t.Error("legacy.go is there")
	}
}
"""
DELETE = AgentTask(
    "go-delete",
    "Go",
    "delete",
    "The test TestNoLegacySums fails: legacy.go has to go, and Receipt has to take Total.",
    SHOP
    | {
        "legacy.go": CART.replace("Total", "OldTotal"),
        "receipt.go": RECEIPT.replace("Total(", "OldTotal("),
        "gone_test.go": GONE_TEST,
    },
    ("gone_test.go::TestNoLegacySums", *OLD_TESTS),
    (
        find("OldTotal"),
        read("legacy.go", "receipt.go"),
        edit("receipt.go", "OldTotal(prices...)", "Total(prices...)"),
        delete("legacy.go"),
        run_tests(),
        finish("legacy.go is gone"),
    ),
    shell_tests=SHELL,
    programs=GO,
)

PLACES_TEST = """\
package shop

import (
	"os"
	"testing"
)

func TestRoundingIsAPackage(t *testing.T) {
	if _, err := os.Stat("rounding/rounding.go"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("rounding.go"); err == nil {
		t.Error("rounding.go is where it was")
	}
}
"""
ROUNDING = "package shop\n\n// Tens rounds down.\nfunc Tens(price int) int {\n"
ROUNDING += "\treturn price / 10 * 10\n}\n"
ROUNDED = "package shop\n\n// Rounded adds up in tens.\nfunc Rounded(prices ...int) int {\n"
ROUNDED += "\treturn Tens(Total(prices...))\n}\n"
MOVE = AgentTask(
    "go-move",
    "Go",
    "move",
    "The test TestRoundingIsAPackage fails: rounding.go has to become a package of its own, "
    "rounding/rounding.go, which rounded.go imports.",
    SHOP
    | {
        "rounding.go": ROUNDING,
        "rounded.go": ROUNDED,
        "rounded_test.go": CART_TEST.partition("\n\nfunc TestTotalGrows")[0]
        .replace("TestTotalAdds", "TestRounded")
        .replace("Total(1, 2) != 3", "Rounded(11, 2) != 10")
        + "\n",
        "places_test.go": PLACES_TEST,
    },
    ("places_test.go::TestRoundingIsAPackage", "rounded_test.go::TestRounded", *OLD_TESTS),
    (
        find("Tens"),
        read("rounding.go", "rounded.go"),
        move("rounding.go", "rounding/rounding.go"),
        edit("rounding/rounding.go", "package shop", "package rounding"),
        edit(
            "rounded.go",
            "package shop\n",
            'package shop\n\nimport "example.com/shop/rounding"\n',
        ),
        edit("rounded.go", "return Tens(", "return rounding.Tens("),
        run_tests(),
        finish("rounding is a package"),
    ),
    shell_tests=SHELL,
    programs=GO,
)

TASKS = (REPAIR, FEATURE, RENAME, DELETE, MOVE)
