// Package sample is the history that is bundled in the binary: five years of hourly
// candles of BTC, ETH, SOL, XRP and BNB against USDT from Binance spot, and three
// years of daily news sentiment about the whole market. NOTICE names the sources and
// their licences.
//
// [Open] returns it, [Demo] the same with made-up signals. The data stands in sample.bin, in the archive format of
// docs/format.md; `go run ./cmd/mksample DIR` makes it from the sources.
//
// # Caveats
//
// The sentiment has one value a day, made of counts that are the same for every
// coin, so its subject is the market. When a headline was published is not known:
// a day's value is known from the next day 00:00 UTC, and marked as assumed. The
// instruments' filters are those of 2025, assumed for the years before.
package sample

import (
	_ "embed"
	"sync"

	"github.com/signalman-trading/signalman/store"
)

//go:embed sample.bin
var data []byte

var open = sync.OnceValues(func() (*store.Archive, error) { return store.ReadArchive(data) })

// Open returns the bundled history. It is decoded once and shared.
func Open() (*store.Archive, error) { return open() }
