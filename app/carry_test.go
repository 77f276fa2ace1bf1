package app

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestHaltsOfTheSessionBefore hands those halts of rules to the next session that lift later,
// or stay until resume, and that are about what it trades.
func TestHaltsOfTheSessionBefore(t *testing.T) {
	dir := t.TempDir()
	j, err := store.CreateJournal(filepath.Join(dir, "20260101T000000.000Z-abc"+store.JournalExt), store.JournalHeader{Mode: "live", Symbols: []string{"BTCUSDT"}})
	if err != nil {
		t.Fatal(err)
	}
	at := market.Time(1_767_225_600_000_000_000) // 2026-01-01T00:00:00Z
	for k, r := range [][2]string{
		{"account", "stop_guard: 4 stops; limit 4; lifts at 2026-01-01T06:00:00Z"},
		{"account", "early: 4 stops; limit 4; lifts at 2026-01-01T02:00:00Z"},
		{"account", "cooldown on BTCUSDT: it rests 1h; lifts at 2026-01-01T01:30:00Z"},
		{"account", "cooldown on BTCUSDT: it rests 4h; lifts at 2026-01-01T04:30:00Z"}, // made longer
		{"account", "cooldown on ETHUSDT: it rests 4h; lifts at 2026-01-01T04:30:00Z"}, // not traded any more
		{"a", "streak: 4 losses; limit 4; stays until resume"},
		{"gone", "streak: 4 losses; limit 4; stays until resume"},
		{"a", "low_profit on BTCUSDT long: too little; lifts at 2026-01-01T08:00:00Z"},
		{"account", "stop_guard on all short: 4 stops; limit 4; lifts at 2026-01-01T06:00:00Z"},
		{"a", "resumed: 4 losses; limit 4; stays until resume"},
		{"a", "lifted resumed"},
		{"a", "stop_loss notes: it says; stays until resume"},
		{"account", "reconcile: coins are missing: bring them back"},
		{"account", "pause: new risk paused by the operator until resume"},
		{"a", "volatility_halt on BTCUSDT: it moved; lifts once it is calm"},
	} {
		if err := j.Append(market.Record{Kind: market.RecordHalt, Time: at + market.Time(k), Scope: r[0], Text: r[1]}); err != nil {
			t.Fatal(err)
		}
		if err := j.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	a := &account{history: &backtest.History{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
	a.engine.Instances = []engine.Instance{{Name: "a"}}
	hours := func(n int) market.Time { return at + market.Time(n)*market.Time(market.Hour)/2 }
	got, err := carryHalts(dir, a, hours(6))
	if err != nil {
		t.Fatal(err)
	}
	const since = "since session 20260101T000000.000Z-abc" + store.JournalExt + ": "
	want := []market.Word{
		{Scope: "a", Rule: "low_profit", Symbol: "BTCUSDT", Side: market.Buy, Until: hours(16), Text: since + "too little; lifts at 2026-01-01T08:00:00Z"},
		{Scope: "a", Rule: "streak", Text: since + "4 losses; limit 4; stays until resume"},
		{Rule: "cooldown", Symbol: "BTCUSDT", Until: hours(9), Text: since + "it rests 4h; lifts at 2026-01-01T04:30:00Z"},
		{Rule: "stop_guard", Until: hours(12), Text: since + "4 stops; limit 4; lifts at 2026-01-01T06:00:00Z"},
		{Rule: "stop_guard", Side: market.Sell, Until: hours(12), Text: since + "4 stops; limit 4; lifts at 2026-01-01T06:00:00Z"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("halts differ (-want +got):\n%s", d)
	}
}
