package tokenmetrics_test

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// counted counts what is sent, by endpoint. The server counts a call after it has answered,
// which may be too late for who looks.
type counted struct {
	http.RoundTripper
	sent map[string]int
}

func (c counted) RoundTrip(q *http.Request) (*http.Response, error) {
	c.sent[path.Base(q.URL.Path)]++
	return c.RoundTripper.RoundTrip(q)
}

// TestStandIn pulls every kind from the stand-in, in every generation: for the calls that
// were planned, without a fault, and each kind says something.
func TestStandIn(t *testing.T) {
	for generation, flow := range map[string]tokenmetricstest.Flow{"v2-legacy": tokenmetricstest.Legacy, "v2": tokenmetricstest.V2, "v3": tokenmetricstest.V3} {
		for name, q := range map[string]signals.Query{"now": {}, "ten days": {From: market.TimeOf(noon.AddDate(0, 0, -10))}} {
			t.Run(generation+" "+name, func(t *testing.T) {
				sent := map[string]int{}
				r := tokenmetricstest.Start(t, tokenmetricstest.Options{Flow: flow, Now: func() time.Time { return noon }, Seen: func(c tokenmetricstest.Call) {
					if c.Status != 200 {
						t.Errorf("%+v", c)
					}
				}})
				env := signals.Env{HTTP: &http.Client{Transport: counted{r.Client.Transport, sent}}, Now: func() time.Time { return noon }}
				c, _ := tokenmetrics.Plugin().New(env).(*tokenmetrics.Config)
				c.Tokens = map[string]int64{}
				c.Key, c.Generation, c.BaseURL = market.NewSecret(tokenmetricstest.DefaultKey), generation, r.URL
				c.Pull = everything(t, generation)
				for i, k := range c.Pull {
					c.Pull[i] = market.SignalKind(strings.TrimSuffix(string(k), "_7"))
					if c.Pull[i] != k {
						c.Pull[i] += "_2" // an index that there is
					}
				}
				for _, token := range tokenmetricstest.Universe()[:25] {
					c.Tokens[fmt.Sprint("T", token.ID)] = int64(token.ID)
				}
				planned := map[string]int{}
				for _, x := range c.Plan(q) {
					planned[x.Endpoint] += x.Calls
				}
				heard, about := map[market.SignalKind]int{}, map[market.Subject]bool{}
				for batch, err := range c.Fetch(t.Context(), q) {
					if err != nil {
						t.Error(err)
					}
					for _, s := range batch.Signals {
						if s.Source != "tokenmetrics-synthetic" || s.Validate() != nil || s.Effective < q.From-market.Time(time.Hour) || s.Effective > market.TimeOf(noon) {
							t.Errorf("%+v", s)
						}
						k, ok := market.KindOf(s.Kind)
						if !ok || k.Market != (s.Subject == market.MarketWide) {
							t.Errorf("%+v is of %+v", s, k)
						}
						if s.Kind == "hourly_position" {
							about[s.Subject] = true
						}
						if !s.Null {
							heard[k.Name]++
						}
					}
				}
				if diff := cmp.Diff(planned, sent); diff != "" {
					t.Errorf("planned (-), sent (+):\n%s", diff)
				}
				if generation != "v2-legacy" && len(about) != len(c.Tokens) {
					t.Errorf("hourly signals of %d tokens of %d", len(about), len(c.Tokens))
				}
				var silent []string
				for _, k := range c.Pull {
					if info, _ := market.KindOf(k); heard[info.Name] == 0 {
						silent = append(silent, fmt.Sprint(k))
					}
				}
				other := map[string]string{"v2-legacy": "x", "v2": "#t"}[generation] // scenarios are of one shape or the other
				for _, k := range silent {
					if k != "moonshot_pick" && !(other != "" && strings.HasPrefix(k, "scenario_") && strings.Contains(k, other)) {
						t.Errorf("%s says nothing", k)
					}
				}
			})
		}
	}
}
