package barfile_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

func ExampleRead() {
	const text = `open_time_ms,open,high,low,close,volume
1609459200000,28923.63,28961.66,28913.12,28961.66,27.457032
1609459260000,28961.67,29017.50,28961.01,29009.91,58.477501
1609459380000,28989.30,29016.23,28972.33,28999.00,42.470329
`
	r, err := barfile.Read(strings.NewReader(text), barfile.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := r.Columns
	fmt.Println(c.Len(), "bars of", c.Interval, "at scales", c.PriceScale, c.VolumeScale)
	fmt.Println("missing:", r.Gaps[0].Missing, "from", r.Gaps[0].From)
	// Output:
	// 3 bars of 1m at scales 2 6
	// missing: 1 from 2021-01-01T00:02:00Z
}

func ExampleReadSignals() {
	const text = "effective,value\n2021-01-01,87.1\n2021-01-02,\n"
	day := market.Duration(24 * time.Hour)
	r, err := barfile.ReadSignals(strings.NewReader(text), barfile.SignalOptions{Source: "tokenmetrics", Kind: "trader_grade", Subject: "BTC", Lag: &day})
	if err == nil {
		err = barfile.WriteSignals(os.Stdout, r.Signals, barfile.CSV)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// source,kind,subject,effective,known,value,revision,assumed,raw
	// tokenmetrics,trader_grade,BTC,2021-01-01T00:00:00Z,2021-01-02T00:00:00Z,87.1,0,true,
	// tokenmetrics,trader_grade,BTC,2021-01-02T00:00:00Z,2021-01-03T00:00:00Z,,0,true,
}
