package barfile

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// exact bounds the integers that stand for decimals: up to here a float64 nearest to
// n/10^k gives n back through market.Ticks, and prints as the shortest decimal.
const exact = 1 << 51

// maxDecimals is the largest scale whose power of ten a float64 holds.
const maxDecimals = 22

// A grid learns how fine the decimals of a column are.
type grid struct {
	decimals int // the most fraction digits of any value, without trailing zeros
	max      float64
}

// scale returns the column's scale, or FreeScale where its values are too fine.
func (g *grid) scale() int32 {
	if g.decimals > maxDecimals || g.max*market.Pow10(int32(g.decimals)) > exact {
		return market.FreeScale
	}
	return int32(g.decimals)
}

// join takes note of what another grid has learnt.
func (g *grid) join(other grid) {
	g.decimals, g.max = max(g.decimals, other.decimals), max(g.max, other.max)
}

// fast reads the plain decimal at b[i:], which some byte that is no digit ends, and
// returns its nearest float64 and that byte's index. The index is -1 where the text
// needs the slow way.
func (g *grid) fast(b []byte, i int) (float64, int) {
	var m uint64
	start := i
	for c := b[i] - '0'; c <= 9; c = b[i] - '0' {
		m = m*10 + uint64(c)
		i++
	}
	digits, k := i-start, 0
	if b[i] == '.' {
		i++
		dot := i
		for c := b[i] - '0'; c <= 9; c = b[i] - '0' {
			m = m*10 + uint64(c)
			i++
		}
		k = i - dot
		digits += k
	}
	if digits == 0 || digits > 19 {
		return 0, -1
	}
	if k > g.decimals {
		g.widen(b[:i], k)
	}
	if m > exact {
		if m, k = strip(m, k); m > exact {
			return 0, -1
		}
	}
	return float64(m) / market.Pow10(int32(k)), i
}

// widen takes note of a number that ends b, with k fraction digits.
func (g *grid) widen(b []byte, k int) {
	for i := len(b) - 1; k > g.decimals && b[i] == '0'; i-- {
		k--
	}
	g.decimals = max(g.decimals, k)
}

// strip drops trailing zeros of the fraction.
func strip(m uint64, k int) (uint64, int) {
	for k > 0 && m%10 == 0 {
		m /= 10
		k--
	}
	return m, k
}

// slow reads any decimal, with sign or exponent. The text need not be trusted.
func (g *grid) slow(text string) (float64, error) {
	if len(strings.Trim(text, "0123456789+-.eE")) > 0 {
		return 0, strconv.ErrSyntax
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, err
	}
	if x == 0 {
		return 0, nil // never -0
	}
	g.learn(x)
	return x, nil
}

// learn takes note of a value by the shortest decimal that means it.
func (g *grid) learn(x float64) {
	if pow := market.Pow10(int32(min(g.decimals, maxDecimals))); x*pow < exact && float64(market.Ticks(x, pow))/pow == x {
		return // a decimal of so many digits means it, so the shortest has no more
	}
	var room [32]byte
	shortest := strconv.AppendFloat(room[:0], x, 'f', -1, 64)
	if dot := bytes.IndexByte(shortest, '.'); dot >= 0 {
		g.decimals = max(g.decimals, len(shortest)-dot-1)
	}
}

// quote shows a field in an error, at a length that a terminal bears.
func quote(s string) string { return quoteUpTo(s, 40) }

func quoteUpTo(s string, n int) string {
	if len(s) > n {
		return strconv.Quote(s[:n]) + "..."
	}
	return strconv.Quote(s)
}
