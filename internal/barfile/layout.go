package barfile

import "strings"

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
		{name: "open", headings: strings.Fields("open open_price o")},
		{name: "high", headings: strings.Fields("high high_price h")},
		{name: "low", headings: strings.Fields("low low_price l")},
		{name: "close", headings: strings.Fields("close close_price c")},
		{name: "volume", headings: strings.Fields("volume vol base_volume v")},
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
