package app

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

const someResult = `{"schema":"` + backtest.Schema + `","orders":[` +
	`{"id":"a/1","time":"2024-01-01T00:00:00Z","symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.5","price":"100","status":"filled","reason":"idea",` +
	`"fills":[{"time":"2024-01-01T01:00:00Z","price":"100","quantity":"0.5","fee":"0.05","fee_asset":"USDT","maker":true}],` +
	`"group":"g","profile":"engine","checks":[{"rule":"r","measured":"1","limit":"2","cut":true}],` +
	`"inputs":[{"source":"s","kind":"k","subject":"BTC","effective":"2023-12-30T00:00:00Z","known":"2023-12-31T00:00:00Z","value":0.5,"assumed":true}]},` +
	`{"id":"a/2","time":"2024-01-01T00:00:00Z","symbol":"BTCUSDT","side":"sell","type":"stop","quantity":"0.5","stop":"90","trail":"5 bps","activate":"9","tif":"gtd","expire":"2024-01-02T00:00:00Z","status":"cancelled","reason":"exit filled",` +
	`"intent":"stop","parent":"a/1","group":"g","replaces":"a/1","fills":[]},` +
	`{"id":"b/1","time":"2024-01-01T00:00:00Z","symbol":"BTCUSDT","side":"sell","type":"stop_limit","quantity":"0","stop":"90","price":"89","status":"working","reason":"stop","parent":"b/9","reduce_only":true,"fills":[]}],` +
	`"trades":[{"strategy":"a","symbol":"BTCUSDT","side":"long","entry_orders":["a/1"],"exit_orders":["a/2"],"pnl":"1"}],` +
	`"open_positions":[{"strategy":"a","symbol":"BTCUSDT","side":"long","entry_orders":["a/1"],"exit_orders":[]}]}`

func TestWhyNamesLinkedOrders(t *testing.T) {
	r, err := readResult(strings.NewReader(someResult), maxResult)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		want []string
	}{
		{"a/1", []string{
			"order    a/1  buy BTCUSDT limit 0.5 at 100\n", "decided  2024-01-01T00:00:00Z  idea\n", "exit     a/2  sell stop, cancelled\n",
			"s k     BTC      0.5    2023-12-30T00:00:00Z  2023-12-31T00:00:00Z, assumed  48h\n", "r     1         2  cut\n",
			"2024-01-01T01:00:00Z  fill  0.5 at 100, fee 0.05 USDT, maker\n", "trade   long 0 BTCUSDT\n", "open    long 0 BTCUSDT at the end\n",
		}},
		{"a/2", []string{
			"order    a/2  sell BTCUSDT stop 0.5 at 90 by 5 bps from 9, gtd until 2024-01-02T00:00:00Z\n", "decided  2024-01-01T00:00:00Z  stop\n", "status   cancelled: exit filled\n",
			"entry    a/1  buy limit, filled\n", "time not kept  cancelled  exit filled\n", "exit    1970-01-01T00:00:00Z at 0  a/2\n",
		}},
		{"b/1", []string{
			"order    b/1  sell BTCUSDT stop_limit of what its entry brings at 90 limit 89, reduce-only\n", "no rule looked at it: rules see what adds risk only\n", "time not kept  working\n",
		}},
	} {
		id, _ := market.ParseOrderID(c.id)
		w, err := r.explain("result.json", id)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := w.print(&b); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no line %q in\n%s", c.id, want, &b)
			}
		}
	}
}

func TestReadResultRefuses(t *testing.T) {
	for what, c := range map[string]struct{ text, want string }{
		"nothing":       {"", "it is no result"},
		"another":       {`{"schema":"signalman.backtest/9"}`, "its schema is"},
		"a bad id":      {strings.Replace(someResult, `"id":"a/1"`, `"id":"a"`, 1), "is not STRATEGY/NUMBER"},
		"no more":       {`{"schema":"` + backtest.Schema + `","orders":[{"id":"a/1"}]}`, "order 1 has no time, symbol"},
		"no side":       {strings.Replace(someResult, `"side":"sell"`, `"side":""`, 1), "order 2 has no time, symbol, side"},
		"a huge amount": {strings.Replace(someResult, `"quantity":"0.5"`, `"quantity":"1e9999"`, 1), "order 1 has an amount"},
		"a tiny fill":   {strings.Replace(someResult, `"fee":"0.05"`, `"fee":"1e-9999"`, 1), "order 1 has an amount"},
		"a huge profit": {strings.Replace(someResult, `"pnl":"1"`, `"pnl":"1e9999"`, 1), "trade 1 has an amount"},
		"no number":     {strings.Replace(someResult, `"pnl":"1"`, `"pnl":"1e999999999"`, 1), "it is no result"},
		"too much":      {someResult + strings.Repeat(" ", 1<<20), "more than 1 MB"},
	} {
		_, err := readResult(strings.NewReader(c.text), 1<<20)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzReadResult: whatever a file holds, it is refused or answers for each of its orders,
// in a text that a terminal shows and that is not much longer than the file.
func FuzzReadResult(f *testing.F) {
	f.Add([]byte(someResult))
	f.Add([]byte(strings.ReplaceAll(someResult, "idea", `\u001b[2J\t\n`)))
	f.Add([]byte(`{"schema":"` + backtest.Schema + `","orders":[{"id":"/1"},{"id":"x/4294967295","checks":[{}],"refused":{}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readResult(bytes.NewReader(b), 1<<16)
		if err != nil {
			return
		}
		for _, o := range r.Orders[:min(len(r.Orders), 10)] {
			id, err := market.ParseOrderID(o.ID)
			if err != nil {
				t.Fatal(err)
			}
			w, err := r.explain("result.json", id)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := w.print(&out); err != nil || out.Len() > 2000+2000*len(b) {
				t.Fatalf("%d bytes of %d: %v", out.Len(), len(b), err)
			}
			if k := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); k >= 0 {
				t.Fatalf("%q", out.String()[k:])
			}
		}
	})
}
