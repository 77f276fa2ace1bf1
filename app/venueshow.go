package app

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// venuePlace is where a local venue is, and what it serves.
type venuePlace struct {
	URL     string      `json:"url"`
	Admin   string      `json:"admin,omitempty"`
	Key     string      `json:"key"`
	Secret  string      `json:"secret,omitempty"` // where it is the made-up one
	Spot    []string    `json:"spot,omitempty"`   // symbols
	USDM    []string    `json:"usdm,omitempty"`
	Now     market.Time `json:"now"`
	End     market.Time `json:"end"` // of the history, by the venue's clock
	Speed   float64     `json:"speed"`
	Present bool        `json:"present"` // the history was moved to the present
	Fills   string      `json:"fills"`
	Seed    uint64      `json:"seed"`
	Bars    []string    `json:"bars"` // the intervals of the history, finest first

	spotPrices bool
	public     bool // the secret is a public key
}

func newVenuePlace(o *venue.Options, t venueTape, fills string, sites []site) *venuePlace {
	p := &venuePlace{
		URL: "http://" + sites[0].listener.Addr().String(), Key: o.Keys[0].API, Spot: listedBy(o.Spot), USDM: listedBy(o.USDM),
		Now: t.start, End: t.end, Speed: o.Speed, Present: t.moved, Fills: fills, Seed: o.Seed, spotPrices: t.spotPrices,
	}
	if len(sites) > 1 {
		p.Admin = "http://" + sites[1].listener.Addr().String()
	}
	p.Bars, p.public = t.intervals(), o.Keys[0].Public != nil
	if secret := o.Keys[0].Secret; secret.Set() && secret.Reveal() == venueSecret {
		p.Secret = venueSecret
	}
	return p
}

func listedBy(l *venue.Listing) (symbols []string) {
	if l == nil {
		return nil
	}
	for i := range l.Instruments {
		symbols = append(symbols, l.Instruments[i].Symbol)
	}
	return symbols
}

// clock says how time passes.
func (p *venuePlace) clock() string {
	switch {
	case p.Speed == 0:
		return "at " + p.Now.String() + ", and moves only by POST " + p.Admin + "/step"
	case p.Present && p.Speed == 1:
		return "is that of this machine: the history was moved to the present"
	}
	return fmt.Sprintf("starts at %s and runs %g times as fast as this machine's: clients must ask for it (/api/v3/time)", p.Now, p.Speed)
}

// showVenue says where a venue is, and how to connect to it.
func (c *command) showVenue(p *venuePlace) error {
	if c.format == "json" {
		return c.json(p)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "A local venue speaks Binance's API at %s; nothing reaches a real exchange.\n", p.URL)
	if len(p.Spot) > 0 {
		fmt.Fprintf(&b, "  spot    %s\n", few(p.Spot))
	}
	if len(p.USDM) > 0 {
		note := ""
		if p.spotPrices {
			note = " (on spot prices)"
		}
		fmt.Fprintf(&b, "  USD-M   %s%s\n", few(p.USDM), note)
	}
	fmt.Fprintf(&b, "  clock   %s\n          the history ends at %s\n", p.clock(), p.End)
	fmt.Fprintf(&b, "  bars    %s, and longer ones that these make\n", strings.Join(p.Bars, ", "))
	fmt.Fprintf(&b, "  fills   by %s; seed %d\n", p.Fills, p.Seed)
	if p.Fills == "bar" && p.Speed != 0 {
		b.WriteString("          what orders did is known when a bar of the history closes: a stepped clock (--speed step) does not keep you waiting\n")
	}
	if p.Admin != "" {
		fmt.Fprintf(&b, "  admin   %s lists what can be changed: the clock, faults, the account\n", p.Admin)
	}
	b.WriteString("  key     $" + venueKeyEnv + " and $" + venueSecretEnv)
	if p.Secret != "" {
		fmt.Fprintf(&b, " replace these, which open nothing else:\n          %s\n          %s", p.Key, p.Secret)
	}
	b.WriteString("\nCtrl-C ends it.\n\n")
	p.clients(&b)
	_, err := c.out.Write([]byte(b.String()))
	return err
}

// clients writes how programs connect.
func (p *venuePlace) clients(b *strings.Builder) {
	secret := cmp.Or(p.Secret, "THE-SECRET-YOU-CHOSE")
	export, from := fmt.Sprintf("  export %s=%s\n", venueSecretEnv, secret), fmt.Sprintf("env = %q", venueSecretEnv)
	if p.public {
		export, from, secret = "", `file = "THE-PRIVATE-KEY.pem"`, "THE-PRIVATE-KEY"
	}
	more, klines := "", "/api/v3/klines"
	if len(p.Spot) == 0 {
		more, klines = "  type    = \"binance-usdm\"   # and market = \"usdm\" in the account\n", "/fapi/v1/klines"
	}
	ws := "ws" + strings.TrimPrefix(p.URL, "http")
	fmt.Fprintf(b, `Signalman itself, in the shell that runs it and in strategies.toml:
  export %[3]s=%[2]s
%[4]s  [exchange.binance]
%[5]s  env     = "local"
  address = "%[1]s"
  key     = { env = "%[3]s" }
  secret  = { %[6]s }
`, p.URL, p.Key, venueKeyEnv, export, more, from)
	if len(p.Spot) > 0 {
		fmt.Fprintf(b, `
ccxt (docs/venue.md has the futures):
  ex = new ccxt.pro.binance({apiKey: '%[3]s', secret: '%[4]s',
    urls: {api: {public: '%[1]s/api/v3', private: '%[1]s/api/v3', sapi: '%[1]s/sapi/v1',
      ws: {spot: '%[2]s/ws', 'ws-api': {spot: '%[2]s/ws-api/v3'}}}},
    options: {fetchMarkets: {types: ['spot']}, fetchCurrencies: false, adjustForTimeDifference: true}})
  await ex.loadHttpProxyAgent()   // once, for ws:// addresses

npm binance:
  new MainClient({api_key: '…', api_secret: '…', baseUrl: '%[1]s'})
  new WebsocketClient({api_key: '…', api_secret: '…', beautify: false, wsUrl: '%[2]s'})

go-binance:
  c := binance.NewClient("…", "…"); c.SetApiEndpoint("%[1]s")
  binance.BaseWsMainURL, binance.BaseWsApiMainURL = "%[2]s/ws", "%[2]s/ws-api/v3"
`, p.URL, ws, p.Key, secret)
	} else {
		b.WriteString("\nccxt, npm binance and go-binance: docs/venue.md says how they come to the futures.\n")
	}
	fmt.Fprintf(b, "\ncurl:\n  curl '%s%s?symbol=%s&interval=%s&limit=2'\n", p.URL, klines, append(p.Spot, append(p.USDM, "BTCUSDT")...)[0], p.Bars[0])
}

// venueFaultsCommand lists the ways to fail.
func (c *command) venueFaultsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "faults",
		Short: "list the ways in which the local venue can fail",
		Long: `Lists the ways in which the local venue can fail, for --fault and for the admin API:
NAME[=VALUE][@ON][*TIMES][%CHANCE][+AFTER][~FOR]. ON is what it hits, with * for any text;
times of the venue say when it begins and ends, and CHANCE is a share from 0 to 1.`,
		Example: `  signalman venue faults
  signalman venue --fault 'reply-lost@order.place%0.05' --fault 'silent@executionReport*1+10m'`,
		Args: exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return c.listFaults() },
	}
}

// groups says what the groups of faults are.
var groups = map[string]string{
	venue.FaultsBefore: "requests, which are not taken",
	venue.FaultsAfter:  "requests that were taken: orders and cancels, unless ON says otherwise",
	venue.FaultsFrames: "what websockets are sent, and the websockets",
	venue.FaultsState:  "what the venue shows, while it is set",
	venue.FaultsActs:   "what happens once",
}

func (c *command) listFaults() error {
	kinds := venue.FaultKinds()
	if c.format == "json" {
		return c.json(kinds)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	group := ""
	for _, k := range kinds {
		if k.Group != group {
			group = k.Group
			fmt.Fprintf(w, "%s:\n", groups[group])
		}
		name := k.Name
		if k.Value != "" {
			name += "=" + k.Value
		}
		fmt.Fprintf(w, "  %s\t%s\n", name, k.Doc)
	}
	return w.Flush()
}
