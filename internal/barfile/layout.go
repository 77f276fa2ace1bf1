package barfile

import "github.com/signalman-trading/signalman/internal/frame"

const (
	ownHeader    = "open_time_ms,open,high,low,close,volume"
	ownColumns   = 6
	klineColumns = 12
	rowHint      = "a row is " + ownHeader + ", or a Binance kline of 12 columns"
)

// barTable is what a row of bars holds.
var barTable = tableKind{
	columns: []tableColumn{
		{name: "time", headings: append([]string{"open_time_ms", "open_time"}, timeHeadings...)},
		{name: "open", headings: frame.Headings[frame.Open]},
		{name: "high", headings: frame.Headings[frame.High]},
		{name: "low", headings: frame.Headings[frame.Low]},
		{name: "close", headings: frame.Headings[frame.Close]},
		{name: "volume", headings: frame.Headings[frame.Volume]},
	},
	bare: func(n int) []int {
		if n != ownColumns && n != klineColumns {
			return nil
		}
		return []int{0, 1, 2, 3, 4, 5}
	},
	expect: "6 or 12",
	hint:   rowHint,
}

// plain reports whether the first columns of the rows are those of bars, in order and
// between commas.
func (t *table) plain() bool {
	for k, at := range t.index {
		if k != at {
			return false
		}
	}
	return t.delimiter == ','
}
