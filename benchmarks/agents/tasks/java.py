"""Four tasks in Java, built by Maven from what the machine has.

A Java test that names what is not there yet keeps every test from being built, so the tests of what
is new look it up by its name.
"""

from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import create, delete, edit, find, finish, read, run_tests

SHELL = "mvn -o -q test"
JAVA = ("mvn", "javac")
MAIN = "src/main/java/shop/"
TEST = "src/test/java/shop/"
POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>shop</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>junit</groupId><artifactId>junit</artifactId><version>4.x</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
"""
CART = """\
package shop;

public class Cart {
    public static int total(int... prices) {
        int sum = 0;
        for (int one : prices) sum += one;
        return sum;
    }
}
"""
RECEIPT = """\
package shop;

public class Receipt {
    public static String of(int... prices) {
        return prices.length + " items, " + Cart.total(prices) + " EUR";
    }
}
"""
IMPORTS = "package shop;\n\nimport static org.junit.Assert.*;\nimport org.junit.Test;\n\n"
CART_TEST = f"""{IMPORTS}public class CartTest {{
    @Test public void testTotalAdds() {{ assertEquals(3, Cart.total(1, 2)); }}
    @Test public void testTotalGrows() {{ assertTrue(Cart.total(1, 2) > Cart.total(1)); }}
}}
"""
RECEIPT_TEST = f"""{IMPORTS}public class ReceiptTest {{
    @Test public void testReceipt() {{ assertEquals("2 items, 3 EUR", Receipt.of(1, 2)); }}
}}
"""
SHOP = {
    "pom.xml": POM,
    f"{MAIN}Cart.java": CART,
    f"{MAIN}Receipt.java": RECEIPT,
    f"{TEST}CartTest.java": CART_TEST,
    f"{TEST}ReceiptTest.java": RECEIPT_TEST,
}
OLD_TESTS = (
    f"{TEST}CartTest.java::testTotalAdds",
    f"{TEST}CartTest.java::testTotalGrows",
    f"{TEST}ReceiptTest.java::testReceipt",
)

REPAIR = AgentTask(
    "java-repair",
    "Java",
    "repair",
    "The test testTotalAdds fails: total in Cart.java begins with one too many.",
    SHOP | {f"{MAIN}Cart.java": CART.replace("sum = 0", "sum = 1")},
    OLD_TESTS,
    (
        read(f"{MAIN}Cart.java", f"{TEST}CartTest.java"),
        edit(f"{MAIN}Cart.java", "int sum = 1;", "int sum = 0;"),
        run_tests(),
        finish("total begins with nothing"),
    ),
    shell_tests=SHELL,
    programs=JAVA,
)

PRICING = """\
package shop;

public class Pricing {
    public static int priced(String rule, int price) {
        if (rule.equals("plain")) return price;
        throw new IllegalArgumentException(rule);
    }
}
"""
COUPONS = """\
package shop;

class Coupons {
    static int discount(String code, int price) {
        int rate = code.equals("STAFF") ? 50 : code.equals("SPRING") ? 10 : 0;
        return price * rate / 100;
    }
}
"""
PRICING_TEST = f"""{IMPORTS}public class PricingTest {{
    @Test public void testPlainPrice() {{ assertEquals(80, Pricing.priced("plain", 80)); }}
    @Test public void testStaffPrice() {{ assertEquals(40, Pricing.priced("STAFF", 80)); }}
    @Test public void testReceiptTellsStaff() {{
        assertEquals("2 items, 3 EUR, for staff 2 EUR", Receipt.of(1, 2));
    }}
}}
"""
HIDDEN = f"""{IMPORTS}public class HiddenTest {{
    @Test public void testSpringPrice() {{ assertEquals(90, Pricing.priced("SPRING", 100)); }}
    @Test public void testStaffReceipt() {{
        assertEquals("1 items, 100 EUR, for staff 50 EUR", Receipt.of(100));
    }}
}}
"""
FEATURE = AgentTask(
    "java-feature",
    "Java",
    "feature",
    "The tests testStaffPrice and testReceiptTellsStaff fail: Pricing.priced has to know "
    "coupons, which a new class in Coupons.java holds. SPRING takes 10 percent off, STAFF 50, any "
    "other name nothing, rounded down to whole EUR; a receipt ends with what staff would pay.",
    {name: text for name, text in SHOP.items() if "ReceiptTest" not in name}
    | {f"{MAIN}Pricing.java": PRICING, f"{TEST}PricingTest.java": PRICING_TEST},
    (
        *OLD_TESTS[:2],
        f"{TEST}PricingTest.java::testPlainPrice",
        f"{TEST}PricingTest.java::testStaffPrice",
        f"{TEST}PricingTest.java::testReceiptTellsStaff",
        f"{TEST}HiddenTest.java::testSpringPrice",
        f"{TEST}HiddenTest.java::testStaffReceipt",
    ),
    (
        read(f"{MAIN}Pricing.java", f"{MAIN}Receipt.java", f"{TEST}PricingTest.java"),
        create(f"{MAIN}Coupons.java", COUPONS),
        edit(
            f"{MAIN}Pricing.java",
            '        if (rule.equals("plain")) return price;\n'
            "        throw new IllegalArgumentException(rule);",
            "        return price - Coupons.discount(rule, price);",
        ),
        edit(
            f"{MAIN}Receipt.java",
            '        return prices.length + " items, " + Cart.total(prices) + " EUR";',
            "        int total = Cart.total(prices);\n"
            '        return prices.length + " items, " + total + " EUR, for staff "\n'
            '            + Pricing.priced("STAFF", total) + " EUR";',
        ),
        run_tests(),
        finish("prices know coupons, and receipts tell what staff pay"),
    ),
    hidden={f"{TEST}HiddenTest.java": HIDDEN},
    shell_tests=SHELL,
    programs=JAVA,
)

NAMES_TEST = f"""{IMPORTS}public class NamesTest {{
    @Test public void testCartIsBasket() throws Exception {{
        Object sum = Class.forName("shop.Basket").getMethod("total", int[].class)
            .invoke(null, new int[] {{1, 2}});
        assertEquals(3, sum);
    }}
    @Test(expected = ClassNotFoundException.class) public void testNoCart() throws Exception {{
        Class.forName("shop.Cart");
    }}
}}
"""
RENAME = AgentTask(
    "java-rename",
    "Java",
    "rename",
    "The tests testCartIsBasket and testNoCart fail: the class Cart has to be called Basket, its "
    "file too, wherever it is used.",
    {name: text for name, text in SHOP.items() if "CartTest" not in name}
    | {f"{TEST}NamesTest.java": NAMES_TEST},
    (
        f"{TEST}NamesTest.java::testCartIsBasket",
        f"{TEST}NamesTest.java::testNoCart",
        OLD_TESTS[2],
    ),
    (
        find("Cart"),
        read(f"{MAIN}Cart.java", f"{MAIN}Receipt.java"),
        (
            *create(f"{MAIN}Basket.java", CART.replace("Cart", "Basket")),
            *delete(f"{MAIN}Cart.java"),
            *edit(f"{MAIN}Receipt.java", "Cart.total", "Basket.total"),
        ),
        run_tests(),
        finish("Cart is called Basket"),
    ),
    shell_tests=SHELL,
    programs=JAVA,
)

GONE_TEST = f"""{IMPORTS}public class GoneTest {{
    @Test(expected = ClassNotFoundException.class) public void testNoLegacy() throws Exception {{
        Class.forName("shop.Legacy");
    }}
}}
"""
DELETE = AgentTask(
    "java-delete",
    "Java",
    "delete",
    "The test testNoLegacy fails: the class Legacy has to go, and Receipt has to take Cart.total.",
    SHOP
    | {
        f"{MAIN}Legacy.java": CART.replace("Cart", "Legacy"),
        f"{MAIN}Receipt.java": RECEIPT.replace("Cart.total", "Legacy.total"),
        f"{TEST}GoneTest.java": GONE_TEST,
    },
    (f"{TEST}GoneTest.java::testNoLegacy", *OLD_TESTS),
    (
        find("Legacy"),
        read(f"{MAIN}Legacy.java", f"{MAIN}Receipt.java"),
        edit(f"{MAIN}Receipt.java", "Legacy.total", "Cart.total"),
        delete(f"{MAIN}Legacy.java"),
        run_tests(),
        finish("Legacy is gone"),
    ),
    shell_tests=SHELL,
    programs=JAVA,
)

TASKS = (REPAIR, FEATURE, RENAME, DELETE)
