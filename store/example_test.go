package store_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// Bars are merged into a series, and read back as Columns.
func ExampleDB_PutBars() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	series := store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Hour}
	bars := market.MakeColumns(market.Hour, 2)
	bars.PriceScale = 2
	for i, price := range []float64{48151.1, 48156} {
		t := market.Millis(1707706800000) + market.Time(i)*market.Time(market.Hour)
		bars.Append(market.Bar{OpenTime: t, Open: price, High: price, Low: price, Close: price, Volume: 1})
	}
	for range 2 {
		changes, err := db.PutBars(series, bars)
		fmt.Printf("%+v %v\n", changes, err)
	}
	got, err := db.Bars(series, bars.OpenTime[1], 0)
	fmt.Println(got.Len(), got.Close, err)
	// Output:
	// {Added:2 Unchanged:0 Restated:0 Changes:[] Fundings:[]} <nil>
	// {Added:0 Unchanged:2 Restated:0 Changes:[] Fundings:[]} <nil>
	// 1 [48156] <nil>
}

// A journal keeps what a session was given and decided, and is read back.
func ExampleJournal() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a"+store.JournalExt)
	j, err := store.CreateJournal(path, store.JournalHeader{ID: [16]byte{1}, Mode: "paper", Symbols: []string{"BTCUSDT"}})
	if err != nil {
		log.Fatal(err)
	}
	now := market.Millis(1707706800000)
	err = j.Append(market.Record{Kind: market.RecordHalt, Time: now, Scope: "account", Text: "drawdown 6 %, limit 5 %"})
	if err = errors.Join(err, j.Commit(), j.Finish(), j.Close()); err != nil {
		log.Fatal(err)
	}
	r, err := store.OpenJournal(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Header().Symbols, r.Finished())
	for records, err := range r.Instants() {
		fmt.Println(records[0].Time, records[0].Scope, records[0].Text, err)
	}
	// Output:
	// [BTCUSDT] true
	// 2024-02-12T03:00:00Z account drawdown 6 %, limit 5 % <nil>
}
