package indicator_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// A crossing is a change of sign of Compare. Here the averages tie on the fourth
// bar: the fast one is not above the slow one yet.
func ExampleCompare() {
	fast, slow := indicator.NewSMA(2, 1), indicator.NewSMA(3, 1)
	for _, price := range []float64{0.3, 0.2, 0.1, 0.3, 0.4} {
		fast.Update(price)
		slow.Update(price)
		if slow.Ready() {
			fmt.Println(fast.Value(), slow.Value(), indicator.Compare(fast, slow))
		}
	}
	// Output:
	// 0.15 0.2 -1
	// 0.2 0.2 0
	// 0.35 0.26666666666666666 1
}

func ExampleSMA() {
	price, average := indicator.NewSMA(1, 2), indicator.NewSMA(3, 2)
	for _, x := range []float64{100.10, 100.20, 100.30, 100.40} {
		price.Update(x)
		average.Update(x)
	}
	fmt.Println(average.Value(), "price above average:", indicator.Compare(price, average) > 0)
	// Output: 100.3 price above average: true
}

func ExampleEMA() {
	e := indicator.NewEMA(3, 0)
	for _, x := range []float64{1, 2, 3, 4} {
		e.Update(x)
		fmt.Println(e.Ready(), e.Value())
	}
	// Output:
	// false 0
	// false 0
	// true 2
	// true 3
}

func ExampleRSI() {
	r := indicator.NewRSI(2)
	for _, x := range []float64{10, 11, 10, 13} {
		r.Update(x)
		fmt.Println(r.Ready(), r.Value())
	}
	// Output:
	// false 0
	// false 0
	// true 50
	// true 87.5
}

func ExampleATR() {
	a := indicator.NewATR(2)
	a.Update(12, 10, 11)
	a.Update(13, 11, 12) // range 2
	a.Update(17, 15, 16) // range 5: from the previous close
	fmt.Println(a.Ready(), a.Value())
	// Output: true 3.5
}

func ExampleHighest() {
	high, low := indicator.NewHighest(3), indicator.NewLowest(3)
	for _, x := range []float64{5, 1, 4, 2, 3} {
		high.Update(x)
		low.Update(x)
	}
	fmt.Println(high.Value(), low.Value())
	// Output: 4 2
}

// The histogram is above 0 while the MACD gains on its average.
func ExampleMACD() {
	m := indicator.NewMACD(2, 4, 2)
	for _, x := range []float64{10, 10, 10, 10, 10, 13, 16, 13} {
		m.Update(x)
		if m.Ready() {
			fmt.Printf("%.2f %.2f %.2f\n", m.Value(), m.Signal(), m.Histogram())
		}
	}
	// Output:
	// 0.00 0.00 0.00
	// 0.80 0.53 0.27
	// 1.55 1.21 0.34
	// 0.48 0.73 -0.24
}

// The close of the last bar stands at three quarters of the range of three bars.
func ExampleStochastic() {
	s := indicator.NewStochastic(3, 1, 2)
	s.Update(12, 10, 11)
	s.Update(13, 11, 12)
	s.Update(14, 12, 14)
	s.Update(14, 12, 13.25)
	fmt.Println(s.Value(), s.Signal())
	// Output: 75 87.5
}

// A VWAP begins anew each day: the bar of 23:00 no longer counts in the next hour.
func ExampleVWAP() {
	v := indicator.NewVWAP()
	day := market.Millis(1_600_560_000_000)
	v.Update(day-market.Day/24, 101, 99, 100, 5)
	v.Update(day, 111, 109, 110, 1)
	fmt.Println(v.Value())
	v.Update(day+market.Day/24, 115, 113, 114, 3)
	fmt.Println(v.Value())
	// Output:
	// 110
	// 113
}

// A break-out is a close beyond the channel of the bars before it: read, then update.
func ExampleDonchian() {
	channel := indicator.NewDonchian(3)
	for _, close := range []float64{10, 12, 11, 13, 12} {
		if channel.Ready() && close > channel.Upper() {
			fmt.Println("break-out at", close, "above", channel.Upper())
		}
		channel.Update(close, close)
	}
	// Output: break-out at 13 above 12
}

func ExampleBollinger() {
	b := indicator.NewBollinger(4, 2)
	for _, x := range []float64{10, 14, 10, 14} {
		b.Update(x)
	}
	fmt.Println(b.Lower(), b.Value(), b.Upper(), b.PercentB())
	// Output: 8 12 16 0.75
}

func ExampleSuperTrend() {
	s := indicator.NewSuperTrend(2, 1)
	for _, x := range []float64{10, 11, 12, 13, 9, 8} {
		s.Update(x+0.5, x-0.5, x)
		if s.Ready() {
			fmt.Println(s.Up(), s.Value())
		}
	}
	// Output:
	// true 10.5
	// true 11.5
	// false 12
	// false 10.25
}

// Two markets that go together: how much of x one y is, and how far apart they are now.
func ExampleRegression() {
	r := indicator.NewRegression(4)
	for _, pair := range [][2]float64{{10, 21}, {11, 23}, {12, 25}, {13, 30}} {
		r.Update(pair[0], pair[1])
	}
	fmt.Printf("slope %.1f, %.1f above the line, %.1f deviations\n", r.Value(), r.Residual(), r.Score())
	// Output: slope 2.9, 0.9 above the line, 1.1 deviations
}

// The levels of a day hold until the next day has closed.
func ExamplePivots() {
	p := indicator.NewPivots(indicator.ClassicPivots)
	p.Update(120, 90, 105)
	fmt.Println(p.Support(1), p.Value(), p.Resistance(1))
	// Output: 90 105 120
}
