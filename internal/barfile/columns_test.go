package barfile_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// TestCutRows: a row that is cut anywhere, also where it looks like a shorter kind of row,
// is refused.
func TestCutRows(t *testing.T) {
	const tail = ",1609459259999,20,1,3,4,5"
	kline := func(n int) string { return strings.TrimSuffix(minute(n), "\n") + tail + "\n" }
	const header = "time,open,high,low,close,volume,close_time,quote,count,buys,bought,rest\n"
	for name, whole := range map[string]string{
		"kline":  kline(0),
		"header": header + kline(0),
		"JSON":   "[[" + strings.TrimSpace(kline(0)) + "],[",
	} {
		row := strings.TrimSpace(kline(1))
		for cut := 1; cut <= len(row); cut++ {
			for _, end := range []string{"\n", "\r\n", ",\n"} {
				if name == "JSON" {
					end = "0]]"
				}
				text := whole + row[:cut] + end
				r, err := read(text, barfile.Options{Interval: market.Minute})
				if complete := strings.Count(row[:cut]+end, ",") == 11; complete != (err == nil) || complete != (r.Columns.Len() == 2) {
					t.Fatalf("%s: %q gives %d rows and %v", name, text, r.Columns.Len(), err)
				}
			}
		}
	}
}
