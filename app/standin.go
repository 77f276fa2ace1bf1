package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

func (c *command) standinCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "standin",
		Short:   "serve a stand-in for a provider of signals, with made-up data",
		Example: "  signalman standin tokenmetrics",
		Args:    group,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.standinTokenMetricsCommand())
	return cmd
}

// helpWidth is how long the lines of a list in a help text are.
const helpWidth = 84

// standinFlags are those of a stand-in.
type standinFlags struct {
	addr, admin     string
	public, verbose bool
	key, history    string
	flow, now       string
	speed           float64
	symbols, faults []string
	options         tokenmetricstest.Options
}

func (c *command) standinTokenMetricsCommand() *cobra.Command {
	var f standinFlags
	f.history = "sample"
	cmd := &cobra.Command{
		Use:   "tokenmetrics",
		Short: "serve a stand-in for the Token Metrics API, with made-up data",
		Long: `Serves a stand-in for the Token Metrics API until Ctrl-C: all endpoints of all known
generations, with grades and signals that are made up. Prices are those of the history;
before it, after it and for other tokens they are made up too. The same --seed says the
same again, whenever it is asked. Each answer has the header X-Signalman-Synthetic, and
Signalman stores its rows as those of the source tokenmetrics-synthetic.

--fault lets it fail as the service does: NAME[=VALUE][@ENDPOINT][*TIMES]. The faults are:
` + strings.Join(wrapped(tokenmetricstest.FaultNames(), ", ", helpWidth), "\n") + `.
docs/tokenmetrics.md says what each does, and what is known of the true service.`,
		Example: `  signalman standin tokenmetrics
  signalman standin tokenmetrics --month 50 --minute 20 --fault removed@sentiments
  signalman standin tokenmetrics --flow v3 --now 2024-03-01 --speed 3600
  signalman standin tokenmetrics --admin 127.0.0.1:7070
  curl -X POST 'http://127.0.0.1:7070/faults?name=status&value=503&times=3'`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.standinTokenMetrics(cmd.Context(), &f) },
	}
	f.flags(cmd)
	return cmd
}

func (f *standinFlags) flags(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &f.options
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "address to serve at; port 0 takes one that is free")
	flags.BoolVar(&f.public, "public", false, "allow an --addr that other machines reach")
	flags.StringVar(&f.admin, "admin", "", "address at which faults can be set while it runs (default: none)")
	flags.StringVar(&f.flow, "flow", string(tokenmetricstest.V2), "generation of the API: legacy, v2 or v3")
	flags.StringVar(&f.key, "key", "", "the key that opens it (default "+tokenmetricstest.DefaultKey+")")
	flags.Uint64Var(&o.Seed, "seed", 1, "another seed is another history of grades and signals")
	flags.StringSliceVar(&f.symbols, "symbols", nil, "serve only tokens with these symbols: BTC,ETH (default: some 50)")
	flags.IntVar(&o.Month, "month", 0, "calls allowed in a calendar month; 0 is no limit")
	flags.IntVar(&o.Minute, "minute", 0, "calls allowed in a minute; 0 is no limit")
	flags.StringArrayVar(&f.faults, "fault", nil, "a way to fail: status=503@trading-signals*3")
	flags.StringSliceVar(&o.Closed, "closed", nil, "endpoints that the plan does not include")
	flags.StringVar(&f.now, "now", "", "time at which its clock starts (RFC 3339 or a date; default: the time)")
	flags.Float64Var(&f.speed, "speed", 1, "how much faster than the true one its clock runs; 0 stands still")
	flags.DurationVar(&o.Snapshot, "snapshot", 0, "how long after 00:00 UTC the rows of a day are made and told")
	flags.BoolVar(&o.Lenient, "lenient", false, "take parameters that an endpoint does not have")
	flags.BoolVar(&o.Clamp, "clamp", false, "lower a limit that is too high instead of refusing it")
	flags.BoolVar(&o.AnyHeader, "any-header", false, "take the key in the header of another generation too")
	flags.BoolVar(&f.verbose, "verbose", false, "print a line for each request")
	historyFlag(cmd, &f.history)
}

func (c *command) standinTokenMetrics(ctx context.Context, f *standinFlags) error {
	server, err := c.newStandin(f)
	if err != nil {
		return err
	}
	l, err := listenLocally(f.addr, f.public, "use 127.0.0.1, or --public for --addr")
	if err != nil {
		return err
	}
	sites := []site{{l, server}}
	shown := standinPlace{URL: "http://" + l.Addr().String() + server.Base(), Flow: string(server.Flow()), Header: server.Header(), custom: f.key != ""}
	if f.admin != "" {
		l, err := listenLocally(f.admin, false, adminHint)
		if err != nil {
			_ = sites[0].listener.Close()
			return err
		}
		sites = append(sites, site{l, tokenmetricstest.Admin(server)})
		shown.Admin = "http://" + l.Addr().String() + "/"
	}
	if err := c.showStandin(&shown); err != nil {
		return err
	}
	err = serveUntil(ctx, sites)
	used := server.Used()
	c.note("stopped: %s charged, %d refused for their number", plural(used.Total, "call"), used.Refused)
	return err
}

// newStandin makes the server that the flags describe.
func (c *command) newStandin(f *standinFlags) (*tokenmetricstest.Server, error) {
	o := f.options
	o.Flow = tokenmetricstest.Flow(f.flow)
	if f.key != "" {
		o.Key = market.NewSecret(f.key)
	}
	for _, text := range f.faults {
		fault, err := tokenmetricstest.ParseFault(text)
		if err != nil {
			return nil, usageError("see 'signalman standin tokenmetrics --help'", "%w", err)
		}
		o.Faults = append(o.Faults, fault)
	}
	var err error
	if o.Now, err = virtualClock(f.now, f.speed); err != nil {
		return nil, err
	}
	if o.Tokens, err = c.standinTokens(f); err != nil {
		return nil, err
	}
	if f.verbose {
		var one sync.Mutex
		o.Seen = func(s tokenmetricstest.Call) {
			one.Lock()
			defer one.Unlock()
			c.note("%s  %d  %s  %s", s.Time.Format(time.RFC3339), s.Status, s.Endpoint, s.Query)
		}
	}
	s, err := tokenmetricstest.New(o)
	if err != nil {
		return nil, usageError("see 'signalman standin tokenmetrics --help'", "%w", err)
	}
	return s, nil
}

// virtualClock returns a clock that starts at a time and runs at a speed.
func virtualClock(from string, speed float64) (func() time.Time, error) {
	if !(speed >= 0) || speed > 1e9 {
		return nil, usageError("use a number such as 3600", "--speed %v is not a number from 0 up", speed)
	}
	began := time.Now()
	if from == "" && speed == 1 {
		return time.Now, nil
	}
	start := began
	if from != "" {
		t, err := market.ParseTime(from)
		if err != nil {
			return nil, usageError("", "--now: %w", err)
		}
		start = t.UTC()
	}
	return func() time.Time { return start.Add(time.Duration(float64(time.Since(began)) * speed)) }, nil
}

// standinTokens returns the tokens to serve, with the bars of the history.
func (c *command) standinTokens(f *standinFlags) ([]tokenmetricstest.Token, error) {
	tokens := tokenmetricstest.Choose(tokenmetricstest.Universe(), f.symbols)
	if len(tokens) == 0 {
		return nil, usageError("leave --symbols away to see which there are", "no token has the symbol %s", strings.Join(f.symbols, ", "))
	}
	r, done, err := c.reader(f.history, sampleFlag)
	if err != nil {
		return nil, err
	}
	bars, err := barsByAsset(r, tokens)
	if err = errors.Join(err, done()); err != nil {
		return nil, err
	}
	return tokenmetricstest.WithBars(tokens, bars), nil
}

// A site is a handler at an address.
type site struct {
	listener net.Listener
	handler  http.Handler
}

// adminHint is said of an admin API that others could reach.
const adminHint = "use 127.0.0.1: --admin is for this machine alone"

// listenLocally listens at an address of this machine alone, unless others may reach it; hint is
// what to do about one that others reach.
func listenLocally(addr string, public bool, hint string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usageError("write it as 127.0.0.1:7070", "%w", err)
	}
	if ip := net.ParseIP(host); !public && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError(hint, "other machines could reach %s", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &market.Error{Class: market.Failed, Err: err, Hint: "choose another address, or port 0 for one that is free"}
	}
	return l, nil
}

// serveUntil serves until ctx ends, and then lets answers be finished for a while.
func serveUntil(ctx context.Context, sites []site) error {
	failed := make(chan error, len(sites))
	var servers []*http.Server
	for _, s := range sites {
		server := &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, server)
		go func() { failed <- server.Serve(s.listener) }()
	}
	var err error
	ended := 0
	select {
	case <-ctx.Done():
	case err = <-failed:
		ended = 1
	}
	end, cancel := context.WithTimeout(context.Background(), patience/4)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(end) != nil {
			_ = s.Close() // what is slow is cut
		}
	}
	for range len(sites) - ended {
		<-failed
	}
	return err
}
