package halt

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const venueErrors = "venue_errors"

const venueErrorsSample = `[risk.main]
rules = ["venue_errors"]
  [risk.main.venue_errors]
  count  = 5
  within = "10m"
  for    = "30m"
`

// VenueErrorsPlugin describes the rule venue_errors.
func VenueErrorsPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   venueErrors,
		Doc:    "stops new risk once the venue has refused, dropped or not answered too often within a time",
		Sample: venueErrorsSample,
		New: func() risk.Rule {
			return &VenueErrors{Count: 5, Within: market.Duration(10 * market.Minute), Scope: "account", Action: "reduce_only"}
		},
	}
}

// VenueErrors counts orders that the venue rejected, those that it let expire for another
// reason than their time in force or a lack of volume, and what the session says of it: no
// answer, unknown outcomes, quotas, lost connections. Once there are Count within Within new
// risk stops; what comes while it does makes the halt no longer.
type VenueErrors struct {
	Count  int             `toml:"count" param:"min=1,max=10000,step=1" doc:"so many are too many"`
	Within market.Duration `toml:"within" doc:"how far back they count"`
	For    market.Duration `toml:"for" doc:"how long; 0 is until resume"`
	Scope  string          `toml:"scope" param:"oneof=account|strategy" doc:"whose orders count, and who is stopped; a trouble of the whole account counts for each strategy"`
	Action string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`

	purse  purse
	errors []faults // by purse
}

// faults is when errors came.
type faults struct {
	at      []market.Time
	judging bool
}

// Init checks the settings and subscribes to orders and trouble.
func (r *VenueErrors) Init(s *risk.Setup) (err error) {
	switch {
	case r.Count < 1:
		return fmt.Errorf("count = %d must be at least 1", r.Count)
	case r.Within <= 0:
		return errors.New("within is needed: how far back errors count, such as 10m")
	}
	if r.purse, err = newPurse(r.Scope, r.Action); err != nil {
		return err
	}
	r.errors = make([]faults, r.purse.settle(s))
	s.Orders(r.update)
	s.Troubles(r.trouble)
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands.
func (r *VenueErrors) Review(v *risk.View, o market.Order) (market.Order, error) {
	n := r.lately(&r.errors[r.purse.at(v)], v.Now())
	v.Measured(decimal.New(int64(n), 0), decimal.New(int64(r.Count), 0), "errors")
	return o, nil
}

func (r *VenueErrors) update(d *risk.Desk, u market.OrderUpdate) {
	expired := u.State == market.Expired && u.Reason != market.TimeInForce && u.Reason != market.NoVolume
	if u.State == market.Rejected || expired {
		r.count(d)
	}
}

// trouble counts what is told to each strategy of the account once.
func (r *VenueErrors) trouble(d *risk.Desk, t risk.Trouble) {
	if t.Kind != "venue" {
		return
	}
	if r.purse.all && t.Scope == "" && d.Strategy() != r.purse.names[0] {
		return
	}
	r.count(d)
}

// count notes an error. The halt is judged once all of the instant are known.
func (r *VenueErrors) count(d *risk.Desk) {
	f := &r.errors[r.purse.at(&d.View)]
	f.at = append(f.at[len(f.at)-r.lately(f, d.Now()):], d.Now())
	if !f.judging {
		f.judging = true
		d.Later(r.judge)
	}
}

// lately returns how many of the errors count.
func (r *VenueErrors) lately(f *faults, now market.Time) int {
	n := 0
	for n < len(f.at) && f.at[len(f.at)-1-n] > now-market.Time(r.Within) {
		n++
	}
	return n
}

func (r *VenueErrors) judge(d *risk.Desk) {
	f := &r.errors[r.purse.at(&d.View)]
	f.judging = false
	switch n := len(f.at); {
	case d.Halted(r.purse.all):
		f.at = f.at[:0]
	case n >= r.Count:
		until := market.Time(0)
		if r.For > 0 {
			until = d.Now() + market.Time(r.For)
		}
		f.at = f.at[:0] // what follows is counted afresh
		r.purse.halt(d, fmt.Sprintf("%s of the venue to %s within %s; limit %d", plural(n, "error"), r.purse.who(d), r.Within, r.Count), until)
	}
}
