package app

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
	"github.com/signalman-trading/signalman/store"
)

// standinPlace is where a stand-in is.
type standinPlace struct {
	URL    string `json:"url"` // of the endpoints
	Admin  string `json:"admin,omitempty"`
	Flow   string `json:"flow"`
	Header string `json:"header"` // of the key

	custom bool // it has a key of its own, which is not printed
}

// generation names the flow as the configuration of a source does.
func (p *standinPlace) generation() string {
	if p.Flow == string(tokenmetricstest.Legacy) {
		return "v2-legacy"
	}
	return p.Flow
}

// showStandin says where a stand-in is, and how to ask it.
func (c *command) showStandin(p *standinPlace) error {
	if c.format == "json" {
		return c.json(p)
	}
	key := tokenmetricstest.DefaultKey
	if p.custom {
		key = "THE-KEY-YOU-CHOSE"
	}
	admin := ""
	if p.Admin != "" {
		admin = "Its faults can be changed at " + p.Admin + "\n"
	}
	_, err := fmt.Fprintf(c.out, `A stand-in for Token Metrics serves made-up data at %s
%sCtrl-C ends it. Its rows have the source tokenmetrics-synthetic: leave source out of strategies
while you try. In strategies.toml, beside history = "store" in [data], an account and a strategy:

[signals.tokenmetrics]
type       = "tokenmetrics"
key        = { env = "TOKENMETRICS_API_KEY" }
generation = "%s"
base_url   = "%s"
kinds      = ["trading_trend"]
schedule   = "5 0 * * *"
  [signals.tokenmetrics.tokens]
  BTC = 3375
  ETH = 3306

In a shell:

export TOKENMETRICS_API_KEY=%s
curl -H "%s: $TOKENMETRICS_API_KEY" '%s/trading-signals?token_id=3375&limit=2'
`, p.URL, admin, p.generation(), p.URL, key, p.Header, p.URL)
	return err
}

// barsByAsset reads, for each symbol of a token, the bars of its pair with a dollar: those
// of an hour or whatever comes nearest, up to a day.
func barsByAsset(r store.Reader, tokens []tokenmetricstest.Token) (map[string]*market.Columns, error) {
	list, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, t := range tokens {
		wanted[t.Symbol] = true
	}
	best := map[string]store.Series{}
	for _, s := range list {
		base, quote, err := market.SplitSymbol(s.Symbol)
		if err != nil || !wanted[base] || !market.Dollar(quote) || s.Interval > market.Daily || s.Interval == market.Trades {
			continue
		}
		if old, ok := best[base]; !ok || fromHour(s.Interval) < fromHour(old.Interval) {
			best[base] = s
		}
	}
	bars := map[string]*market.Columns{}
	for base, s := range best {
		if bars[base], err = r.Bars(s, 0, 0); err != nil {
			return nil, err
		}
	}
	return bars, nil
}

// fromHour returns how many times longer or shorter than an hour bars are.
func fromHour(d market.Interval) market.Interval {
	if d > market.Hour {
		return d / market.Hour
	}
	return market.Hour / d
}
