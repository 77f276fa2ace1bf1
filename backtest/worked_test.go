package backtest_test

import (
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWorkedExamples checks what docs/fills.md works out by hand: every rule has an
// example, what it quotes (lines with >) stands in the scripts it links to, and its sums
// are right, to the last digit.
func TestWorkedExamples(t *testing.T) {
	text, err := os.ReadFile(fillsDoc)
	if err != nil {
		t.Fatal(err)
	}
	rules, sums := regexp.MustCompile(`(?m)^### `).Split(string(text), -1)[1:], 0
	want := strings.Fields("X1. X2. X3. X4. X5. X6. X7. X8. X9. X10. X11. X12. M1. M2. M3. M4. M5. M6. M7. M8.")
	for _, rule := range rules {
		name, body, _ := strings.Cut(rule, " ")
		if k := slices.Index(want, name); k >= 0 {
			want = slices.Delete(want, k, k+1)
		}
		t.Run(strings.Trim(name, "."), func(t *testing.T) {
			scripts := linkedScripts(t, body)
			for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(body, -1) {
				for line := range strings.Lines(block[1]) {
					if quote, ok := strings.CutPrefix(line, "> "); ok {
						if !slices.ContainsFunc(scripts, func(s string) bool { return strings.Contains(s, "\n"+quote) }) {
							t.Errorf("no script has the line %q", quote)
						}
						continue
					}
					sums++
					checkSum(t, line)
				}
			}
		})
	}
	if len(want) > 0 || sums < 40 {
		t.Errorf("%d sums, and no examples of %v", sums, want)
	}
}

// linkedScripts returns the scripts that a text links to, without their comments.
func linkedScripts(t *testing.T, body string) (scripts []string) {
	t.Helper()
	for _, link := range regexp.MustCompile(`\]\(\.\./(backtest/testdata/[^)]*\.txt)\)`).FindAllStringSubmatch(body, -1) {
		b, err := os.ReadFile(filepath.Join("..", link[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		scripts = append(scripts, regexp.MustCompile(` *#.*`).ReplaceAllString(string(b), ""))
	}
	if len(scripts) == 0 {
		t.Error("no link to a script")
	}
	return scripts
}

// sum is a sum and its result: equal, rounded up or down, or half to even at the
// decimals of the result, or its square root.
var sum = regexp.MustCompile(`^([^=↑↓≈<]*?) ([=↑↓≈<]) ([-0-9.]+)( .*)?\n$`)

// checkSum checks "1.5 × 100 + 2 = 152", with more of = ↑ ↓ ≈ < and words after it.
func checkSum(t *testing.T, line string) {
	t.Helper()
	m := sum.FindStringSubmatch(line)
	if m == nil {
		t.Errorf("%q is neither a quotation nor a sum", line)
		return
	}
	left, ok := evaluate(strings.Fields(m[1]))
	right, valid := new(big.Rat).SetString(m[3])
	if !ok || !valid {
		t.Errorf("%q cannot be worked out", line)
		return
	}
	decimals := 0
	if _, after, found := strings.Cut(m[3], "."); found {
		decimals = len(after)
	}
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	up, down := new(big.Rat).Add(left, unit), new(big.Rat).Sub(left, unit)
	half := new(big.Rat).Quo(unit, big.NewRat(2, 1))
	near := new(big.Rat).Abs(new(big.Rat).Sub(left, right))
	right0 := right.Cmp(left)
	switch m[2] {
	case "=":
		ok = right0 == 0
	case "↑":
		ok = right0 >= 0 && right.Cmp(up) < 0
	case "↓":
		ok = right0 <= 0 && right.Cmp(down) > 0
	case "≈":
		ok = near.Cmp(half) < 0
	case "<":
		ok = right0 > 0
	}
	if !ok {
		t.Errorf("%q is wrong: the left side is %s", strings.TrimSpace(line), left.FloatString(16))
		return
	}
	if rest := strings.TrimSpace(m[4]); rest != "" && strings.ContainsAny(rest[:len("↑")], "=↑↓≈<") {
		checkSum(t, m[3]+" "+rest+"\n")
	}
}

// evaluate works out numbers with × ÷ before + −, from left to right.
func evaluate(words []string) (*big.Rat, bool) {
	total, product, sign, op := new(big.Rat), (*big.Rat)(nil), 1, "×"
	for k, w := range words {
		if k%2 == 1 {
			op = w
			continue
		}
		n, ok := new(big.Rat).SetString(w)
		if !ok {
			return nil, false
		}
		switch {
		case product == nil:
			product = n
		case op == "×":
			product.Mul(product, n)
		case op == "÷" && n.Sign() != 0:
			product.Quo(product, n)
		case op == "+" || op == "−":
			total.Add(total, product.Mul(product, big.NewRat(int64(sign), 1)))
			product, sign = n, 1
			if op == "−" {
				sign = -1
			}
		default:
			return nil, false
		}
	}
	if product == nil || len(words)%2 == 0 {
		return nil, false
	}
	return total.Add(total, product.Mul(product, big.NewRat(int64(sign), 1))), true
}
