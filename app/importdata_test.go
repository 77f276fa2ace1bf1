package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// recordings is where real files lie: in SIGNALMAN_DATA, or next to the checkout.
func recordings(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../shared/data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
	return dir
}

// recordedImports are the recorded candles, trades and fundings with the rows that their
// README.md and PROVENANCE.md name, in all files that match; 0 is not said there.
var recordedImports = []struct {
	glob, flags string
	files, rows int
}{
	{"binance-spot-finom/*-1h.csv.gz", "--venue binance", 8, 8 * 35_063},
	{"binance-spot-finom/*-15m.csv.gz", "--venue binance", 2, 2 * 35_232},
	{"binance-spot-finom/*-[24]h.csv.gz", "--venue binance", 9, 0},
	{"binance-spot-finom/*-1d.csv.gz", "--venue binance", 8, 0},
	{"binance-spot-finom/raw/*.json.xz", "--venue raw", 5, 0},
	{"binance-spot-nic/*.csv.gz", "--venue nic", 1, 58_419},
	{"binance-spot-bernini10/*.csv.gz", "--venue bernini", 5, 5 * 43_803},
	{"binance-spot-privet1x/*.csv.gz", "--venue privet", 2, 41_761 + 34_945},
	{"binance-spot-1m-benicio/*/*.csv.gz", "--venue binance", 6, 6 * 50_000},
	{"binance-spot-1m-tttienthinh/*/*.csv.gz", "--venue binance", 1, 10_081},
	{"bitfinex-1m-zombie3000/2019/*.csv.gz", "--venue bitfinex", 1, 512_727},
	{"binance-usdm-typhonun/*-1m.csv.gz", "--venue binance-usdm", 4, 43_199 + 60_191 + 43_200 + 43_199},
	{"binance-usdm-muthebug/*.csv.gz", "--venue binance-usdm", 10, 0},
	{"binance-usdm-aggtrades-vision/klines/*.zip", "--venue binance-usdm", 7, 7 * 1_440},
	{"binance-usdm-aggtrades-vision/aggTrades/SOLUSDT*.zip", "--venue binance-usdm", 1, 262_673},
	{"binance-usdm-aggtrades-vision/aggTrades/[BR]*.zip", "--venue binance-usdm", 6, 0},
	{"binance-usdm-maxakak/*-funding.csv.gz", "--venue binance", 2, 2 * 3_212},
	{"binance-usdm-typhonun/funding/BTCUSDT*.csv.gz", "--venue typhonun", 1, 266},
	{"binance-usdm-typhonun/funding/ENAUSDT*.csv.gz", "--venue typhonun", 1, 474},
	{"binance-usdm-typhonun/funding/*.csv.gz", "--venue typhonun", 12, 0},
	{"signals-tokenmetrics/BTC-trader-grades-daily.csv", "--symbol BTCUSD --venue binanceus", 1, 543},
	{"signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz", "--venue yahoo", 1, 1_193},
	{"signals-cryptopulse/*.csv.gz", "--venue yahoo", 14, 0},
	{"rest-gocryptotrader/binance_BTCUSDT_24h-trades_2020_11_16.csv.xz", "--symbol BTCUSDT --venue binance --kind trades --columns time=1,price=2,quantity=3", 1, 1_000},
}

type importedFile struct {
	File                              string
	Rows, Added, Unchanged, Gaps, Bad int
}

// imports runs data import and returns what it says of each file.
func imports(t *testing.T, data, flags string, paths []string) ([]importedFile, string) {
	t.Helper()
	var out, errs bytes.Buffer
	args := append([]string{"data", "import", "--data", data, "--format", "json"}, strings.Fields(flags)...)
	code := app.Run(t.Context(), app.Default(), append(args, paths...), &out, &errs)
	var list []importedFile
	if code == 0 {
		if err := json.Unmarshal(out.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
	}
	return list, errs.String()
}

// TestRecordedImports stores every recorded file of candles, trades and fundings, twice:
// the second time nothing is new.
func TestRecordedImports(t *testing.T) {
	if testing.Short() {
		t.Skip("it stores two million rows")
	}
	dir, data := recordings(t), t.TempDir()
	stored := map[string]bool{}
	for _, c := range recordedImports {
		paths, err := filepath.Glob(filepath.Join(dir, c.glob))
		if err != nil || len(paths) != c.files {
			t.Errorf("%s: %d files, want %d", c.glob, len(paths), c.files)
			continue
		}
		list, errs := imports(t, data, c.flags, paths)
		rows := 0
		for _, one := range list {
			stored[one.File] = true
			if rows += one.Rows; one.Rows == 0 || one.Bad > 0 {
				t.Errorf("%+v", one)
			}
		}
		if len(list) != c.files || c.rows > 0 && rows != c.rows || errs != "" {
			t.Errorf("%s: %d files, %d rows, want %d; %s", c.glob, len(list), rows, c.rows, errs)
		}
		again, _ := imports(t, data, c.flags, paths[:1])
		if len(again) != 1 || again[0].Added != 0 || again[0].Unchanged != again[0].Rows {
			t.Errorf("%s again: %+v", c.glob, again)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "bi*", "*"))
	for _, depth := range []string{"*/*", "*/*/*"} {
		more, _ := filepath.Glob(filepath.Join(dir, "bi*", depth))
		left = append(left, more...)
	}
	for _, path := range left {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || stored[path] || strings.HasSuffix(path, ".md") {
			continue
		}
		if _, errs := imports(t, data, "", []string{path}); !strings.Contains(errs, "mark prices are no trades") {
			t.Errorf("%s is neither stored nor refused: %s", path, errs)
		}
	}
}

// TestKnownBadIsRefused: the highs of this file are its closes; see its PROVENANCE.md.
func TestKnownBadIsRefused(t *testing.T) {
	path := filepath.Join(recordings(t), "rest-gocryptotrader/binance_BTCUSDT_24h_2019_01_01_2020_01_01.csv.xz")
	data := t.TempDir()
	_, errs := imports(t, data, "--symbol BTCUSDT --columns time=1,volume=2,open=3,high=4,low=5,close=6", []string{path})
	if !strings.Contains(errs, path+":3: high 3766.78 is below open 3857.57 or close 3766.78;") {
		t.Error(errs)
	}
	if _, err := os.Stat(filepath.Join(data, "history.db")); err == nil {
		t.Error("something was stored")
	}
}
