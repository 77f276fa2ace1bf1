package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const reconcileHalt = "reconcile_halt"

const reconcileHaltSample = `[risk.main]
rules = ["reconcile_halt"]
  [risk.main.reconcile_halt]
  action = "flatten"
`

// ReconcileHaltPlugin describes the rule reconcile_halt.
func ReconcileHaltPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   reconcileHalt,
		Doc:    "stops new risk, or closes positions, where account and books differ",
		Sample: reconcileHaltSample,
		New:    func() risk.Rule { return &ReconcileHalt{Scope: "account", Action: "reduce_only"} },
	}
}

// ReconcileHalt stops new risk where the session finds that the account at the venue and its
// books differ. The session's own halt lifts once they agree again; this one stays For a
// time, or until resume, and may close positions. A difference that is found again while it
// stands makes it last longer.
type ReconcileHalt struct {
	For    market.Duration `toml:"for" doc:"how long; 0 is until resume"`
	Scope  string          `toml:"scope" param:"oneof=account|strategy" doc:"who is stopped: all, or the strategies of this chain"`
	Action string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`

	purse purse
	found int
}

// Init checks the settings and subscribes to trouble.
func (r *ReconcileHalt) Init(s *risk.Setup) (err error) {
	if r.For < 0 {
		return fmt.Errorf("for = %s must not be negative", r.For)
	}
	if r.purse, err = newPurse(r.Scope, r.Action); err != nil {
		return err
	}
	r.purse.settle(s)
	s.Troubles(r.trouble)
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands.
func (r *ReconcileHalt) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(decimal.New(int64(r.found), 0), decimal.Zero, "differences found so far")
	return o, nil
}

func (r *ReconcileHalt) trouble(d *risk.Desk, t risk.Trouble) {
	if t.Kind != "reconcile" {
		return
	}
	if d.Strategy() == r.purse.names[0] {
		r.found++
	}
	until := market.Time(0)
	if r.For > 0 {
		until = d.Now() + market.Time(r.For)
	}
	r.purse.halt(d, "account and books differ: "+t.Text, until)
}
