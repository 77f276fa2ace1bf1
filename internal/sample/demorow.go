package sample

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// demoDays gathers the rows, and what those about several assets are made of.
type demoDays struct {
	rows  []market.Signal
	looks []look
}

// look is one asset's part in what is said about several on a day.
type look struct {
	day      market.Time
	asset    market.Subject
	turnover float64 // a day, in quote
	high     bool    // the close is in the upper half of its 100 days
}

// Families are missing, null and late together, as the parts of one answer are.
const (
	demoGrades     = "grades"
	demoTrading    = "trading"
	demoPrediction = "prediction"
	demoIndex      = "index" // never null by chance: null says that it is not in the index
	demoMarket     = "market"
)

// add writes a row down, unless its day is one of those that are missing. What is not a
// number is null.
func (d *demoDays) add(kind market.SignalKind, family string, about market.Subject, day market.Time, value float64) {
	luck := draw(family, about, day)
	if luck%1000 < 10 {
		return
	}
	s := market.Signal{Source: DemoSource, Kind: kind, Subject: about, Effective: day, Instrument: market.NoInstrument, Value: math.Round(value*1e4) / 1e4}
	if s.Assume(market.Duration(market.Day + demoLag)); luck%1000 >= 980 {
		s.Known += market.Time(1+luck/1000%12) * market.Time(market.Hour)
	}
	if math.IsNaN(value) || luck%1000 < 15 && family != demoIndex {
		s.Value, s.Null = 0, true
	}
	d.rows = append(d.rows, s)
}

// draw is a number that looks like chance and is always the same.
func draw(family string, about market.Subject, day market.Time) uint64 {
	h := fnv.New64a()
	h.Write([]byte(family + " " + string(about) + " " + strconv.FormatInt(int64(day/market.Day), 10)))
	x := h.Sum64() // of texts that end alike the low bits are alike: stirred as splitmix64 does
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// reach is the range of closes over a number of days.
type reach struct {
	high *indicator.Highest
	low  *indicator.Lowest
}

func makeReach(days int) reach { return reach{indicator.NewHighest(days), indicator.NewLowest(days)} }

// place adds a close, and returns where in the range it is, from 0 to 100.
func (r *reach) place(x float64) (place float64, ready bool) {
	r.high.Update(x)
	r.low.Update(x)
	if high, low := r.high.Value(), r.low.Value(); high > low {
		return 100 * (x - low) / (high - low), r.high.Ready()
	}
	return 50, r.high.Ready()
}

// asset adds the rows about one asset, of its daily bars.
func (d *demoDays) asset(about market.Subject, c *market.Columns) {
	rsi, month, season := indicator.NewRSI(14), makeReach(30), makeReach(100)
	turnover, long := indicator.NewSMA(30, market.FreeScale), indicator.NewSMA(30, market.FreeScale)
	pair, last, trend := indicator.NewSMAPair(10, 30, c.PriceScale), 0, math.NaN()
	for k, x := range c.Close {
		day := c.OpenTime[k]
		rsi.Update(x)
		turnover.Update(float64(x * c.Volume[k]))
		place, ready := month.place(x)
		far, all := season.place(x)
		if pair.Update(x); !ready {
			continue
		}
		trader := (rsi.Value() + place) / 2
		d.add("trader_grade", demoGrades, about, day, trader)
		signal := 0.0
		if side := pair.Compare(); side != 0 && side != last {
			if last != 0 {
				signal = float64(side)
				trend = signal
			}
			last = side
		}
		d.add("trading_signal", demoTrading, about, day, signal)
		d.add("trading_trend", demoTrading, about, day, trend)
		d.predict(about, day, c.Close[:k+1])
		if !all {
			continue
		}
		d.looks = append(d.looks, look{day, about, turnover.Value(), far > 50})
		if long.Update(far); long.Ready() {
			d.add("investor_grade", demoGrades, about, day, long.Value())
			d.add("tm_grade", demoGrades, about, day, (trader+long.Value())/2)
		}
	}
}

// predict adds the forecast of seven days: the mean change of the last 29 goes on, give or
// take the standard error of that mean.
func (d *demoDays) predict(about market.Subject, day market.Time, closes []float64) {
	x := closes[len(closes)-30:]
	n, sum, squares := float64(len(x)-1), 0.0, 0.0
	for k := 1; k < len(x); k++ {
		sum += x[k]/x[k-1] - 1
	}
	for k := 1; k < len(x); k++ {
		off := x[k]/x[k-1] - 1 - sum/n
		squares += float64(off * off)
	}
	gain, wide, price := 7*sum/n, 7*math.Sqrt(squares/(n-1)/n), x[len(x)-1]
	d.add("prediction_return_7d", demoPrediction, about, day, gain)
	d.add("prediction_7d", demoPrediction, about, day, price*(1+gain))
	d.add("prediction_7d_lower", demoPrediction, about, day, price*max(1+gain-wide, 0))
	d.add("prediction_7d_upper", demoPrediction, about, day, price*(1+gain+wide))
}

// market adds the rows of each day that are made of all assets: the shares of the three
// with the largest turnover in the index, and the trend of the market.
func (d *demoDays) market() {
	slices.SortStableFunc(d.looks, func(a, b look) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(b.turnover, a.turnover)) })
	for rest := d.looks; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].day == rest[0].day {
			n++
		}
		d.oneDay(rest[:n])
		rest = rest[n:]
	}
}

func (d *demoDays) oneDay(looks []look) {
	total, high := 0.0, 0
	for k, l := range looks {
		if k < 3 {
			total += l.turnover
		}
		if l.high {
			high++
		}
	}
	for k, l := range looks {
		weight := math.NaN()
		if k < 3 {
			weight = 100 * l.turnover / total
		}
		d.add("index_weight_1", demoIndex, l.asset, l.day, weight)
	}
	trend := -1.0
	if 2*high > len(looks) {
		trend = 1
	}
	d.add("market_trend", demoMarket, market.MarketWide, looks[0].day, trend)
}
