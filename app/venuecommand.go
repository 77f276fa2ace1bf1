package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// The environment variables of a venue's key, and what it has where they are not set: both
// are made up, are no secret, and open nothing else.
const (
	venueKeyEnv    = "SIGNALMAN_VENUE_KEY"
	venueSecretEnv = "SIGNALMAN_VENUE_SECRET"
)

var (
	venueKey    = strings.Repeat("venuekey", 8)
	venueSecret = strings.Repeat("venuesecret", 6)
)

// venueFlags are those of a local venue.
type venueFlags struct {
	listen, admin     string
	public, verbose   bool
	history, from, to string
	venue             string
	markets, symbols  []string
	speed, clock      string
	fills             string
	balances, faults  []string
	fees              []string
	seed              uint64
}

func (c *command) venueCommand() *cobra.Command {
	f := venueFlags{history: "sample"}
	cmd := &cobra.Command{
		Use:   "venue",
		Short: "serve a local venue that speaks Binance's API, over stored history",
		Long: `Serves spot and USD-M futures as Binance does, until Ctrl-C: REST, market and user streams and
the websocket API, on one port. Prices are those of the history; orders are matched against
them, and nothing reaches a real exchange. It starts as printed, with a key that opens nothing
else; ` + venueKeyEnv + ` and ` + venueSecretEnv + ` (an HMAC secret, or the PEM of a public
RSA or Ed25519 key) replace it.

At --speed 1 the history is moved so that it plays as if it were now, and clients need no
clock of their own; at other speeds the clock is that of the history, and clients must ask the
venue for it, or --clock says otherwise.

--fault lets it fail as exchanges do: NAME[=VALUE][@ON][*TIMES][%CHANCE][+AFTER][~FOR].
'signalman venue faults' lists them; docs/venue.md tells the rest.`,
		Example: `  signalman venue
  signalman venue --speed 60 --from 2024-03-01 --symbols BTCUSDT,ETHUSDT
  signalman venue --speed step --fills bar --balance USDT=10000 --balance BTC=1
  signalman venue --fault reply-lost@order.place*1 --fault 'cut@executionReport.TRADE%0.1'
  signalman venue faults
  curl -X POST 'http://127.0.0.1:8646/faults?fault=unknown*3'`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serveVenue(cmd.Context(), &f) },
	}
	f.flags(cmd)
	cmd.AddCommand(c.venueFaultsCommand())
	return cmd
}

func (f *venueFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8645", "address of the venue; port 0 takes one that is free")
	flags.StringVar(&f.admin, "admin", "127.0.0.1:8646", "address at which its clock, faults and account can be changed; \"\" is none")
	flags.BoolVar(&f.public, "public", false, "allow a --listen that other machines reach")
	flags.StringSliceVar(&f.markets, "market", []string{"spot", "usdm"}, "what is served: spot, usdm")
	flags.StringVar(&f.venue, "venue", "", "take the bars that are stored for this venue")
	flags.StringSliceVar(&f.symbols, "symbols", nil, "what is listed: BTCUSDT,ETHUSDT (default: all of the history)")
	flags.StringVar(&f.from, "from", "", "where in the history it starts (default: a year before its end); bars before are known as past ones")
	flags.StringVar(&f.to, "to", "", "where the history ends (default: at its end)")
	flags.StringVar(&f.speed, "speed", "1", "seconds of the venue in a second, at most 1000000, or step: the clock moves only when the admin API says")
	flags.StringVar(&f.clock, "clock", "", "now: the history is moved to the present; history: it plays at its own times (default: now at --speed 1)")
	flags.StringVar(&f.fills, "fills", "trade", "trade: orders match at once, against trades made of the bars; bar: as in a backtest, known when a bar closes")
	flags.StringArrayVar(&f.balances, "balance", []string{"USDT=10000"}, "what the account has of an asset")
	flags.StringSliceVar(&f.fees, "fee", nil, "maker and taker rate of spot: 0.001,0.001 (the default); of USD-M 0.0002,0.0005")
	flags.StringArrayVar(&f.faults, "fault", nil, "a way to fail, as above")
	flags.Uint64Var(&f.seed, "seed", 1, "of what is drawn at random")
	flags.BoolVar(&f.verbose, "verbose", false, "print a line for each request")
	historyFlag(cmd, &f.history)
}

// serveVenue serves a venue until ctx ends.
func (c *command) serveVenue(ctx context.Context, f *venueFlags) error {
	o, tape, err := c.venueOptions(f)
	if err != nil {
		return err
	}
	v, err := venue.New(o)
	if err != nil {
		return usageError("see 'signalman venue --help'", "%w", err)
	}
	for _, text := range f.faults {
		fault, err := venue.ParseFault(text)
		if err == nil {
			err = v.SetFault(fault)
		}
		if err != nil {
			return usageError("see 'signalman venue faults'", "%w", err)
		}
	}
	sites, err := venueSites(v, f)
	if err != nil {
		return err
	}
	shown := newVenuePlace(&o, tape, f.fills, sites)
	if err := c.showVenue(shown); err != nil {
		return err
	}
	return c.runVenue(ctx, v, o.Speed, tape, sites)
}

// venueSites listens at the addresses of a venue.
func venueSites(v *venue.Venue, f *venueFlags) ([]site, error) {
	l, err := listenLocally(f.listen, f.public, "use 127.0.0.1, or --public for --listen")
	if err != nil {
		return nil, err
	}
	sites := []site{{l, v.Handler()}}
	if f.admin == "" {
		return sites, nil
	}
	if l, err = listenLocally(f.admin, false, adminHint); err != nil {
		_ = sites[0].listener.Close()
		return nil, err
	}
	return append(sites, site{l, v.Admin()}), nil
}

// runVenue lets a venue run until ctx ends, and says when its history is over.
func (c *command) runVenue(ctx context.Context, v *venue.Venue, speed float64, tape venueTape, sites []site) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ran := make(chan error, 1)
	go func() {
		ran <- v.Run(ctx)
		stop()
	}()
	said := make(chan struct{})
	go func() {
		defer close(said)
		c.tellEnd(ctx, v, speed, tape)
	}()
	err := serveUntil(ctx, sites)
	stop()
	<-said
	if failed := <-ran; failed != nil && !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	c.note("stopped at %s of the venue", v.Now())
	return err
}

// tellEnd says when the history of a venue is over, if that happens before ctx ends.
func (c *command) tellEnd(ctx context.Context, v *venue.Venue, speed float64, tape venueTape) {
	if speed == 0 {
		return // whoever steps it is told
	}
	over := time.NewTimer(tape.left(speed))
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	}
	if v.Now() >= tape.end {
		c.note("the history has ended, at %s: prices stand still, and the venue goes on until Ctrl-C", tape.end)
	}
}

// venueOptions returns what the flags describe, and what is played.
func (c *command) venueOptions(f *venueFlags) (o venue.Options, tape venueTape, err error) {
	o.Seed, o.Log, o.Sim = f.seed, c.venueLog(f.verbose), sim.DefaultOptions()
	if o.Speed, err = venueSpeed(f.speed); err != nil {
		return o, tape, err
	}
	switch f.fills {
	case "trade":
		o.Fills = venue.ByTrade
	case "bar":
		o.Fills, o.Closed = venue.ByBar, true // nobody may know a bar before it decides
	default:
		return o, tape, usageError("", "--fills %q is neither trade nor bar", f.fills)
	}
	key, err := venueSigner(os.Getenv(venueKeyEnv), os.Getenv(venueSecretEnv))
	if err != nil {
		return o, tape, err
	}
	o.Keys = []venue.Key{key}
	if tape, err = c.venueTape(f, o.Speed); err != nil {
		return o, tape, err
	}
	o.Spot, o.USDM, o.Start = tape.spot, tape.usdm, tape.start
	return o, tape, nil
}

func (c *command) venueLog(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
}

// fastest is the highest --speed.
const fastest = 1e6

// venueSpeed reads --speed; 0 is a clock that is stepped.
func venueSpeed(text string) (float64, error) {
	if text == "step" {
		return 0, nil
	}
	speed, err := strconv.ParseFloat(text, 64)
	if err != nil || !(speed > 0) || speed > fastest {
		return 0, usageError("use a number such as 60, or step", "--speed %q is not a number above 0 and at most %.0f", text, fastest)
	}
	return speed, nil
}

// venueSigner returns the key of a venue from the texts of the environment.
func venueSigner(key, secret string) (venue.Key, error) {
	k := venue.Key{API: cmp.Or(key, venueKey), Trade: true}
	public, err := publicKey(secret)
	if err != nil {
		return k, err
	}
	if public != nil {
		k.Public = public
	} else {
		k.Secret = market.NewSecret(cmp.Or(secret, venueSecret))
	}
	return k, nil
}
