package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded returns where a file of recorded market data lies.
func recorded(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(recordings(t), filepath.FromSlash(name))
}

// hashes returns what a result says of its inputs and of itself.
func hashes(t *testing.T, result []byte) (h struct {
	Inputs string `json:"inputs_hash"`
	Result string `json:"result_hash"`
	Final  string `json:"final_equity"`
}) {
	t.Helper()
	if err := json.Unmarshal(result, &h); err != nil || h.Result == "" {
		t.Fatalf("%v: %s", err, result)
	}
	return h
}

// The minutes and fundings of a perpetual give the same from the store and from files.
func TestRecordedFundings(t *testing.T) {
	bars, rates := recorded(t, "binance-usdm-typhonun/BTCUSDT-1m.csv.gz"), recorded(t, "binance-usdm-typhonun/funding/BTCUSDT-funding.csv.gz")
	dir := t.TempDir()
	within(t, "--data", dir, "data", "import", bars, "--venue", "binance-usdm")
	within(t, "--data", dir, "data", "import", rates, "--kind", "funding", "--symbol", "BTCUSDT", "--venue", "binance-usdm")
	args := []string{"--data", dir, "--format", "json", "backtest", "--symbol", "BTCUSDT", "--interval", "1m", "--strategy", "sma_cross", "--set", "fast=200", "--set", "slow=800", "--market", "usdm", "--leverage", "3"}
	stored := hashes(t, within(t, args...))
	named := hashes(t, within(t, append(args, "--funding", rates)...))
	if stored != named {
		t.Errorf("stored %+v, from a file %+v", stored, named)
	}
	if err := os.WriteFile(filepath.Join(dir, "none.csv"), []byte("time_ms,rate\n1741276800000,0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	without := hashes(t, within(t, append(args, "--funding", filepath.Join(dir, "none.csv"))...))
	if without.Final == stored.Final {
		t.Errorf("fundings change nothing: %+v", without)
	}
	t.Logf("with fundings %+v, without %+v", stored, without)
}

// The filters of 2018 and of 2024 over daily candles of all the years between: quantities
// obey those of their day.
func TestRecordedFilters(t *testing.T) {
	dir := t.TempDir()
	within(t, "--data", dir, "data", "import", recorded(t, "binance-spot-finom/BTCUSDT-1d.csv.gz"), "--venue", "binance")
	for _, name := range []string{"exchangeinfo/spot-2018.json.xz", "exchangeinfo/spot-2024-09-08.json.xz", "exchangeinfo/usdm-2022-05-04.json.xz", "ws-rest-cryptofeed/BINANCE.0.xz"} {
		t.Logf("%s", within(t, "--data", dir, "data", "instruments", "import", recorded(t, name)))
	}
	t.Logf("%s", within(t, "--data", dir, "data", "instruments", "import", recorded(t, "exchangeinfo/lean-binance-symbol-properties.csv.gz"), "--as-of", "2026-01-01"))
	if got := bytes.Count(within(t, "--data", dir, "data", "instruments", "list", "BTCUSDT"), []byte("\n")); got != 1+4+2 {
		t.Errorf("%d lines of filters", got)
	}
	finest := func(from, to string) (most int) {
		result := within(t, "--data", dir, "--format", "json", "backtest", "--symbol", "BTCUSDT", "--interval", "1d", "--strategy", "sma_cross", "--set", "fast=3", "--set", "slow=9", "--from", from, "--to", to)
		var r struct {
			Orders []struct{ Quantity string }
		}
		if err := json.Unmarshal(result, &r); err != nil || len(r.Orders) == 0 {
			t.Fatalf("%v: %s", err, result)
		}
		for _, o := range r.Orders {
			_, decimals, _ := strings.Cut(o.Quantity, ".")
			most = max(most, len(decimals))
		}
		return most
	}
	if a, b := finest("2018-03-01", "2021-10-01"), finest("2021-11-01", "2025-06-01"); a != 6 || b != 5 {
		t.Errorf("quantities have %d decimals under the filters of 2018, and %d under those of 2021 and 2024", a, b)
	}
}
