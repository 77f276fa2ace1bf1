package market_test

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// amounts draws decimals of at least 0 with up to digits digits.
func amounts(digits int, low, high int32) *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		n := rapid.IntRange(1, digits).Draw(t, "digits")
		coefficient := new(big.Int)
		for range n {
			coefficient.Mul(coefficient, big.NewInt(10))
			coefficient.Add(coefficient, big.NewInt(int64(rapid.IntRange(0, 9).Draw(t, "digit"))))
		}
		return decimal.NewFromBigInt(coefficient, rapid.Int32Range(low, high).Draw(t, "exponent"))
	})
}

// positive leaves 0 out.
func positive(digits int, low, high int32) *rapid.Generator[decimal.Decimal] {
	return amounts(digits, low, high).Filter(decimal.Decimal.IsPositive)
}

// grids are steps and ticks: powers of ten, in more than one spelling, and others.
var grids = rapid.OneOf(
	rapid.Map(rapid.Int32Range(-8, 2), func(exponent int32) decimal.Decimal { return decimal.New(1, exponent) }),
	rapid.SampledFrom([]decimal.Decimal{dec("0.005"), dec("0.05"), dec("0.25"), dec("1.0"), dec("10"), dec("0.0100"), dec("3"), dec("0.00000007")}),
)

// floorOf is the largest multiple of unit that is not above x.
func floorOf(x, unit *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(x, unit)
	n := new(big.Int).Div(q.Num(), q.Denom())
	return q.Mul(new(big.Rat).SetInt(n), unit)
}

func same(t *rapid.T, what string, got decimal.Decimal, want *big.Rat) {
	t.Helper()
	if got.Rat().Cmp(want) != 0 {
		t.Fatalf("%s is %s, want %s", what, got, want.FloatString(30))
	}
}

func product(a, b decimal.Decimal) *big.Rat { return new(big.Rat).Mul(a.Rat(), b.Rat()) }

func TestFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, step := amounts(25, -20, 3).Draw(t, "x"), grids.Draw(t, "step")
		want := floorOf(x.Rat(), step.Rat())
		got := market.Floor(x, step)
		same(t, "floor", got, want)
		if !market.OnGrid(got, step) || market.OnGrid(x, step) != (want.Cmp(x.Rat()) == 0) {
			t.Fatalf("on the grid: %s %v, its floor %v", x, market.OnGrid(x, step), market.OnGrid(got, step))
		}
		if !market.Floor(x.Neg(), step).IsZero() {
			t.Fatalf("the floor of a negative amount is %s", market.Floor(x.Neg(), step))
		}
	})
}

func TestToTick(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, tick := positive(18, -10, 0).Draw(t, "price"), grids.Draw(t, "tick")
		down := floorOf(price.Rat(), tick.Rat())
		up := new(big.Rat).Set(down)
		if down.Cmp(price.Rat()) != 0 {
			up.Add(up, tick.Rat())
		}
		same(t, "down", market.ToTick(price, tick, market.Down), down)
		same(t, "up", market.ToTick(price, tick, market.Up), up)
	})
}

func TestSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, tick := positive(12, -8, 0).Draw(t, "price"), grids.Draw(t, "tick")
		bps := amounts(4, -1, 0).Draw(t, "bps")
		if bps.GreaterThanOrEqual(dec("10000")) {
			return
		}
		if bps.IsZero() {
			same(t, "unslipped", market.Slip(price, market.Buy, bps, tick), price.Rat())
			return
		}
		share := product(bps, dec("0.0001"))
		buy := new(big.Rat).Mul(price.Rat(), new(big.Rat).Add(big.NewRat(1, 1), share))
		sell := new(big.Rat).Mul(price.Rat(), new(big.Rat).Sub(big.NewRat(1, 1), share))
		worse := floorOf(new(big.Rat).Neg(buy), tick.Rat())
		same(t, "buy", market.Slip(price, market.Buy, bps, tick), worse.Neg(worse))
		low := floorOf(sell, tick.Rat())
		if low.Sign() == 0 {
			low = tick.Rat() // a price is never 0
		}
		same(t, "sell", market.Slip(price, market.Sell, bps, tick), low)
	})
}

// TestAffordable holds the definition: q steps are paid for, one more is not.
func TestAffordable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, unit, step := amounts(25, -16, 2).Draw(t, "amount"), positive(16, -16, 2).Draw(t, "unit"), grids.Draw(t, "step")
		want := new(big.Rat).Quo(amount.Rat(), unit.Rat())
		same(t, "quantity", market.Affordable(amount, unit, step), floorOf(want, step.Rat()))
	})
}

// TestAffordableExactly: amounts that are a whole number of steps, or one digit less.
func TestAffordableExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit, step := positive(12, -10, 2).Draw(t, "unit"), grids.Draw(t, "step")
		quantity := step.Mul(decimal.New(rapid.Int64Range(1, 1<<60).Draw(t, "steps"), 0))
		amount := quantity.Mul(unit)
		same(t, "quantity", market.Affordable(amount, unit, step), quantity.Rat())
		less := amount.Sub(decimal.New(1, amount.Exponent()-3))
		same(t, "one step less", market.Affordable(less, unit, step), quantity.Sub(step).Rat())
	})
}

// TestAffordableOfManySteps are amounts beyond the reach of a float.
func TestAffordableOfManySteps(t *testing.T) {
	for _, c := range [][3]string{
		{"10000", "0.00001245", "803212851.40562248"},
		{"999021434.79481803984113", "0.05613238", "17797596232.24274544"},
	} {
		if got := market.Affordable(dec(c[0]), dec(c[1]), dec("0.00000001")); !got.Equal(dec(c[2])) {
			t.Errorf("%s at %s buys %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestFee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, rate := amounts(25, -18, 2).Draw(t, "amount"), amounts(5, -8, -5).Draw(t, "rate")
		places := rapid.Int32Range(0, 18).Draw(t, "places")
		exact := product(amount, rate)
		up := floorOf(new(big.Rat).Neg(exact), decimal.New(1, -places).Rat())
		same(t, "fee", market.Fee(amount, rate, places), up.Neg(up))
	})
}

// TestDivide: half to even, whatever the signs.
func TestDivide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts(20, -16, 4).Draw(t, "a"), positive(12, -8, 2).Draw(t, "b")
		places := rapid.Int32Range(0, 14).Draw(t, "places")
		if rapid.Bool().Draw(t, "half") { // exactly between two
			a = b.Mul(decimal.New(2*rapid.Int64Range(0, 1<<40).Draw(t, "n")+1, -places)).Mul(dec("0.5"))
		}
		if rapid.Bool().Draw(t, "negative a") {
			a = a.Neg()
		}
		if rapid.Bool().Draw(t, "negative b") {
			b = b.Neg()
		}
		same(t, "quotient", market.Divide(a, b, places), halfEven(new(big.Rat).Quo(a.Rat(), b.Rat()), decimal.New(1, -places).Rat()))
	})
}

func halfEven(x, unit *big.Rat) *big.Rat {
	low := floorOf(x, unit)
	twice := new(big.Rat).Sub(x, low)
	side := twice.Add(twice, twice).Cmp(unit)
	if odd := new(big.Rat).Quo(low, unit).Num().Bit(0) == 1; side > 0 || side == 0 && odd {
		return low.Add(low, unit)
	}
	return low
}

// TestFloat: the nearest float64 of up to 15 digits, and within a unit beyond.
func TestFloat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := amounts(22, -22, 3).Draw(t, "d")
		want, err := strconv.ParseFloat(d.String(), 64)
		if err != nil {
			t.Fatal(err)
		}
		got := market.Float(d)
		if got == want {
			return
		}
		if d.NumDigits() <= 15 || got != math.Nextafter(want, math.Inf(1)) && got != math.Nextafter(want, 0) {
			t.Fatalf("float of %s is %v, want %v", d, got, want)
		}
	})
}

// TestPrice: a decimal of a grid survives its float64, and prints as it was.
func TestPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Int32Range(0, 10).Draw(t, "scale")
		ticks := rapid.Int64Range(0, 1<<51).Draw(t, "ticks")
		want := decimal.New(ticks, -scale)
		x, err := strconv.ParseFloat(want.String(), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := market.Price(x, scale); !got.Equal(want) {
			t.Fatalf("price is %s, want %s", got, want)
		}
		if got := market.Ticks(-x, market.Pow10(scale)); got != -ticks {
			t.Fatalf("%d ticks, want %d", got, -ticks)
		}
		shortest := market.Price(x, market.FreeScale)
		if back := market.Float(shortest); back != x {
			t.Fatalf("without a grid %v is %s, which is %v", x, shortest, back)
		}
	})
}

// TestPow holds the portable power against the platform's.
func TestPow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Float64Range(1e-6, 1e6).Draw(t, "x"), rapid.Float64Range(-5, 5).Draw(t, "y")
		got, want := market.Pow(x, y), math.Pow(x, y)
		if math.Abs(got-want) > 1e-13*want {
			t.Fatalf("%v to the %v is %v, want %v", x, y, got, want)
		}
	})
	for _, c := range []struct{ x, y, want float64 }{
		{0, 2, 0}, {-1, 2, 0}, {math.NaN(), 1, 0}, {1, 1e6, 1}, {10, 400, math.Inf(1)}, {10, -400, 0}, {4, 0.5, 2}, {7, 0, 1},
	} {
		if got := market.Pow(c.x, c.y); got != c.want {
			t.Errorf("%v to the %v is %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestWeight(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1: "1", 0.1: "0.1", 1.0 / 3: "0.3333333333333333", -0.5: "-0.5"} {
		if got, err := market.Weight(x); err != nil || got.String() != want {
			t.Errorf("weight %v is %s (%v), want %s", x, got, err, want)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e7} {
		if got, err := market.Weight(x); err == nil {
			t.Errorf("weight %v is %s", x, got)
		}
	}
}

// TestLargest walks down step by step where Largest does not.
func TestLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]string{"0.00001", "0.01", "0.25", "1", "30"}).Draw(t, "step")
		n, limit := rapid.Int64Range(0, 500).Draw(t, "steps"), rapid.Int64Range(-10, 500).Draw(t, "limit")
		q, most := dec(step).Mul(decimal.New(n, 0)), dec(step).Mul(decimal.New(limit, 0))
		fits := func(x decimal.Decimal) bool { return !x.GreaterThan(most) }
		want := q
		for want.IsPositive() && !fits(want) {
			want = want.Sub(dec(step))
		}
		tries := 0
		got := market.Largest(q, dec(step), func(x decimal.Decimal) bool { tries++; return fits(x) })
		if !got.Equal(want) || got.String() != want.String() || tries > 22 {
			t.Fatalf("the largest of %d steps of %s under %d is %s after %d tries, want %s", n, step, limit, got, tries, want)
		}
	})
}
