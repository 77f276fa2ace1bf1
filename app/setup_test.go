package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// sameWorth compares decimals by what they are worth.
var sameWorth = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

// TestSetupKeepsInstruments: whatever a venue lists comes back to the last digit.
func TestSetupKeepsInstruments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Custom(func(t *rapid.T) decimal.Decimal {
			return decimal.New(rapid.Int64Range(0, 1e18).Draw(t, "digits"), -int32(rapid.IntRange(0, 18).Draw(t, "places")))
		})
		grid := rapid.Custom(func(t *rapid.T) decimal.Decimal {
			return decimal.New(rapid.Int64Range(1, 1e6).Draw(t, "digits"), -int32(rapid.IntRange(0, 8).Draw(t, "places")))
		})
		rate := rapid.Custom(func(t *rapid.T) decimal.Decimal { return decimal.New(rapid.Int64Range(0, 499_999).Draw(t, "rate"), -6) })
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		in.Venue, in.Tick, in.Step = rapid.SampledFrom([]string{"", "binance", "binance-usdm"}).Draw(t, "venue"), grid.Draw(t, "tick"), grid.Draw(t, "step")
		in.MinQuantity, in.MaxQuantity, in.MinNotional, in.MaxNotional = amount.Draw(t, "a"), amount.Draw(t, "b"), amount.Draw(t, "c"), amount.Draw(t, "d")
		in.PriceBandUp, in.PriceBandDown = amount.Draw(t, "up"), amount.Draw(t, "down")
		in.MaxOrders, in.MaxStops, in.Assumed = rapid.IntRange(0, 1000).Draw(t, "orders"), rapid.IntRange(0, 9).Draw(t, "stops"), rapid.Bool().Draw(t, "assumed")
		in.BasePrecision, in.QuotePrecision = 18, int32(rapid.IntRange(0, 18).Draw(t, "precision"))
		in.Fees = market.Fees{Maker: rate.Draw(t, "maker"), Taker: rate.Draw(t, "taker"), InQuote: true}
		if rapid.Bool().Draw(t, "tiers") {
			in.Fees.Tiers = []market.FeeTier{{Volume: grid.Draw(t, "volume"), Maker: rate.Draw(t, "m"), Taker: rate.Draw(t, "t")}}
		}
		if rapid.Bool().Draw(t, "perpetual") {
			in.Margin = &market.Margin{
				Leverage: decimal.New(3, 0), Isolated: rapid.Bool().Draw(t, "isolated"), LiquidationFee: rate.Draw(t, "fee"),
				Brackets: []market.MarginBracket{
					{Cap: decimal.New(50_000, 0), MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)},
					{MaxLeverage: decimal.New(100, 0), Rate: decimal.New(5, -3), Deduction: decimal.New(50, 0)},
				},
			}
		}
		want := &sessionSetup{Schema: setupSchema, Opening: market.Time(rapid.Int64Range(1, 4e18).Draw(t, "opening")), Seed: rapid.Uint64().Draw(t, "seed"), Instruments: []market.Instrument{in}}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseSetup(string(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got, sameWorth); diff != "" {
			t.Error(diff)
		}
	})
}

// setupCanary is a key that no journal may hold, in the environment, in a file, and in a comment.
const setupCanary = "c4naryKEYc4naryKEYc4naryKEYc4nary"

// TestSetupOfARun: the account that is made of the journal alone is that of the
// configuration with what --set changed; no key is in it, nor where one lies.
func TestSetupOfARun(t *testing.T) {
	t.Setenv("SETUP_KEY", setupCanary)
	dir := t.TempDir()
	file := filepath.Join(dir, "key-"+setupCanary)
	if err := os.WriteFile(file, []byte(setupCanary), 0o600); err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile(filepath.Join("..", "strategies.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := "# " + setupCanary + "\n" + string(shipped) + `
[signals.there]
type = "tokenmetrics"
kinds = ["trading_trend"]
key = { env = "` + setupCanary + `" }
[signals.there.tokens]
BTC = 3375
[daemon]
token = { env = "SETUP_KEY" }
http = "127.0.0.1:8640"
[exchange.there]
type = "binance"
env = "testnet"
key = { env = "SETUP_KEY" }
secret = { file = "` + file + `" }
`
	path := filepath.Join(dir, "s.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sets := []string{`account.main.to=2021-03-01`, "account.main.cash=12345.6789"}
	var out bytes.Buffer
	args := []string{"--data", dir, "run", "--config", path, "--speed", "max", "--set", sets[0], "--set", sets[1]}
	if code := Run(t.Context(), Default(), args, &out, &out); code != 0 {
		t.Fatalf("it ends with %d: %s", code, &out)
	}
	list, err := store.Sessions(filepath.Join(dir, "sessions"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	raw, err := os.ReadFile(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{setupCanary, "SETUP_KEY"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the journal holds %s", secret)
		}
	}
	c := &command{plugins: Default(), out: &out, err: &out, data: dir, config: path}
	want, err := c.loadAccount(t.Context(), sets)
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenJournal(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.accountOf(r, list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if got.hash != want.hash || got.hash != r.Header().ConfigHash {
		t.Errorf("config hash %s, want %s", got.hash, want.hash)
	}
	if diff := cmp.Diff(want.engine.Instruments, got.engine.Instruments, sameWorth); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.sim, got.sim, sameWorth); diff != "" {
		t.Error(diff)
	}
	if !got.engine.Cash.Equal(decimal.RequireFromString("12345.6789")) || got.engine.Seed != want.engine.Seed || len(got.engine.Instances) != len(want.engine.Instances) {
		t.Errorf("engine %+v", got.engine)
	}
	if diff := cmp.Diff(want.history.NoVolume, got.history.NoVolume); diff != "" {
		t.Error(diff)
	}
}

// TestJournalWithoutSetup says what to do.
func TestJournalWithoutSetup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.journal")
	j, err := store.CreateJournal(path, store.JournalHeader{Symbols: []string{"BTCUSDT"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(market.Record{Kind: market.RecordHalt, Time: 1, Scope: "account", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &command{plugins: Default()}
	if _, err = c.accountOf(r, path); err == nil || market.ClassOf(err) != market.Usage || !strings.Contains(err.Error(), "--config") {
		t.Errorf("%v", err)
	}
}

// FuzzSetup: whatever a journal holds, it is a setup that an engine can be made of, or an error.
func FuzzSetup(f *testing.F) {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Margin = &market.Margin{Leverage: decimal.New(3, 0)}
	text, err := json.Marshal(&sessionSetup{Schema: setupSchema, Account: "main", Config: "[account.main]\n", Instruments: []market.Instrument{in}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"schema":"signalman.session/2"}`)
	f.Add(`{"schema":"signalman.session/1","account":"x","config":"[account.main]"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSetup(text)
		if err != nil {
			return
		}
		c := &command{plugins: Default()}
		if a, err := c.accountFrom(s, "fuzz"); err == nil && (a.config == nil || len(a.engine.Instruments) != len(s.Instruments)) {
			t.Errorf("%+v of %q", a, text)
		}
	})
}
