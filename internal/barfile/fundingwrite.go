package barfile

import (
	"bufio"
	"fmt"
	"io"

	"github.com/signalman-trading/signalman/market"
)

// WriteFunding prints fundings as CSV of time_ms,rate,mark; [ReadFunding] reads them back.
func WriteFunding(w io.Writer, rows []market.Funding) error {
	out := bufio.NewWriterSize(w, 64<<10)
	out.WriteString("time_ms,rate,mark\n")
	for _, f := range rows {
		if _, err := fmt.Fprintf(out, "%d,%s,%s\n", f.Time.Millis(), f.Rate, f.Mark); err != nil {
			return err
		}
	}
	return out.Flush()
}
