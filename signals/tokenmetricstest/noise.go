package tokenmetricstest

import (
	"math"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// What a random number is for, so that no two are drawn for the same.
const (
	drawPath uint64 = iota + 1
	drawWick
	drawVolume
	drawOffset
	drawFlip
	drawGrade
	drawInvestorNull
	drawScore
	drawTexture
	drawFault
	drawRevision
	drawSentiment
	drawIndex
	drawMinute
	drawLevel
)

// mix makes one number of several, which looks random: steps of SplitMix64.
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h = (h ^ p) + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// textual makes a number of a text.
func textual(s string) (h uint64) {
	for i := range len(s) {
		h = mix(h, uint64(s[i]))
	}
	return h
}

// chance returns a number from 0 up to 1.
func chance(parts ...uint64) float64 { return float64(mix(parts...)>>11) / (1 << 53) }

// around returns a number from -1 to 1.
func around(parts ...uint64) float64 { return 2*chance(parts...) - 1 }

// drift returns a number from -1 to 1 that moves slowly with x: random at whole numbers,
// and on a line between them.
func drift(x float64, seed, what, token, part uint64) float64 {
	i := math.Floor(x)
	a, b := around(seed, what, token, part, uint64(int64(i))), around(seed, what, token, part, uint64(int64(i)+1))
	return a + (b-a)*(x-i)
}

// round returns x with so many digits after the point.
func round(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}

// significant returns x with six significant digits.
func significant(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	return round(x, 5-int(math.Floor(math.Log10(math.Abs(x)))))
}

// logistic maps all numbers to 0 to 100.
func logistic(x float64) float64 { return 100 / (1 + math.Exp(-x)) }

// day counts days from 1970-01-01 UTC.
type day int64

func dayOf(t market.Time) day {
	d := day(t / market.Day)
	if t < 0 && t%market.Day != 0 {
		d--
	}
	return d
}

func (d day) start() market.Time { return market.Time(d) * market.Day }

func (d day) String() string { return d.start().UTC().Format(time.DateOnly) }

// stamp writes the day as rows do.
func (d day) stamp() string { return stamp(d.start()) }

// stamp writes a time as rows do: in milliseconds.
func stamp(t market.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
