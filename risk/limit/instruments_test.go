package limit_test

import (
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
)

func TestInstruments(t *testing.T) {
	buys := []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "1", "50")), risktest.At(1, risktest.BuyLimit(1, "1", "50")), risktest.At(1, risktest.BuyLimit(2, "1", "50"))}
	for _, s := range []script{{
		name: "a symbol, and an asset", rule: &limit.Instruments{Allow: []string{"A0USDT", "A2"}}, steps: buys,
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 50", "1 a/2 buy limit A1USDT 1 at 50: refused by instruments: A1USDT is not allowed, limit allow A0USDT, A2",
			"1 a/3 buy limit A2USDT 1 at 50",
		},
	}, {
		name: "denied whatever is allowed", rule: &limit.Instruments{Allow: []string{"*USDT"}, Deny: []string{"X", "*1*"}}, steps: buys,
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 50", "1 a/2 buy limit A1USDT 1 at 50: refused by instruments: A1USDT is denied, limit deny *1*",
			"1 a/3 buy limit A2USDT 1 at 50",
		},
	}, {
		name: "an asset is no beginning of a symbol", rule: &limit.Instruments{Deny: []string{"A", "USDT", "A0U", "A1USDTX"}}, steps: buys[:2],
		want: []string{"1 a/1 buy limit A0USDT 1 at 50", "1 a/2 buy limit A1USDT 1 at 50"},
	}, {
		name: "what is denied may be closed", rule: &limit.Instruments{Deny: []string{"A1"}},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "1")), risktest.At(2, risktest.SellAll(0))},
		want:  []string{"1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 100", "2 a/2 sell market A0USDT 0.999", "3 a/2 filled 0.999 at 100"},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "instruments") })
	}
}

// TestPatternsAgainstAllWaysToRead compares short patterns and texts with a reading that
// tries every length for each star.
func TestPatternsAgainstAllWaysToRead(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func(letters string, n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	matched := 0
	for range 200_000 {
		pattern, text := word("AB*", 7), word("AB", 8)
		want := anyWay(pattern, text)
		if want {
			matched++
		}
		if limit.Like(pattern, text) != want {
			t.Fatalf("%q means %q: %t, not %t", pattern, text, !want, want)
		}
	}
	if matched < 10_000 {
		t.Errorf("only %d patterns meant something", matched)
	}
}

func anyWay(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] != '*':
		return text != "" && text[0] == pattern[0] && anyWay(pattern[1:], text[1:])
	}
	for n := range len(text) + 1 {
		if anyWay(pattern[1:], text[n:]) {
			return true
		}
	}
	return false
}
