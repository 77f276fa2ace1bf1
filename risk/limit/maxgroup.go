package limit

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxGroup = "max_group"

const maxGroupSample = `[risk.main]
rules = ["max_group"]
  [risk.main.max_group]
  percent = "0.3"
  others  = "alone"
    [risk.main.max_group.groups]
    majors = ["BTC", "ETH"]
    memes  = ["DOGE", "SHIB"]
    [risk.main.max_group.limits]
    majors = "0.6"
`

// MaxGroupPlugin describes the rule max_group.
func MaxGroupPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxGroup,
		Doc:    "bounds the notional in each group of assets, which a table of sectors names; cuts orders to what fits",
		Sample: maxGroupSample,
		New: func() risk.Rule {
			return &MaxGroup{Others: together, Scope: ofStrategy}
		},
	}
}

// What becomes of assets that are in no group.
const together, alone, unlimited = "together", "alone", "unlimited"

// MaxGroup bounds the concentration in groups of assets: the gross exposure of a strategy,
// or of the account, to all instruments whose base asset is in the group of the order's, as
// max_exposure measures it. It cuts an order to what fits. An asset stands in one group at
// most; another rule of the type may group them in another way. Percent, Amount or both
// must be set, or Limits for every group; the lower bound holds.
type MaxGroup struct {
	Percent decimal.Decimal            `toml:"percent" param:"min=0,max=10" doc:"share of equity for each group: 0.3 is 30 %; 0 sets none"`
	Amount  decimal.Decimal            `toml:"amount" param:"min=0" doc:"amount in quote for each group; 0 sets none"`
	Groups  map[string][]string        `toml:"groups" doc:"the base assets of each group"`
	Limits  map[string]decimal.Decimal `toml:"limits" param:"min=0,max=10" doc:"share of equity of single groups, instead of percent; 0 lets nothing in"`
	Others  string                     `toml:"others" param:"oneof=together|alone|unlimited" doc:"assets in no group: they are a group together, each is one alone, or they are not limited"`
	Scope   string                     `toml:"scope" param:"oneof=strategy|account" doc:"whose exposure is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
	names []string // of the group, by instrument; "" is none
}

// Init checks the groups.
func (r *MaxGroup) Init(s *risk.Setup) error {
	of, err := r.assets()
	if err := errors.Join(err, r.check(), checkScope(r.Scope)); err != nil {
		return err
	}
	for _, asset := range slices.Sorted(maps.Keys(of)) {
		if err := s.CheckAsset(asset); err != nil {
			return fmt.Errorf("groups.%s: %w", of[asset], err)
		}
	}
	r.names = nil
	for _, in := range s.Instruments() {
		r.names = append(r.names, of[in.Base])
	}
	r.meter = meter{notional: r, rule: maxGroup, account: r.Scope == ofAccount}
	r.meter.group = grouped(s, func(in *market.Instrument) string {
		if of[in.Base] == "" && r.Others == alone {
			return "/" + in.Base // no name of a group that somebody chose by chance
		}
		return of[in.Base]
	})
	r.meter.watch(s)
	return nil
}

// assets returns the group of each asset.
func (r *MaxGroup) assets() (map[string]string, error) {
	of := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Groups)) {
		if name == "" || len(r.Groups[name]) == 0 {
			return nil, fmt.Errorf("group %q has no name or no assets", name)
		}
		for _, asset := range r.Groups[name] {
			if other, ok := of[asset]; ok {
				return nil, fmt.Errorf("%s stands in the groups %s and %s: an asset has one, and another max_group may group them in another way", asset, other, name)
			}
			of[asset] = name
		}
	}
	return of, nil
}

func (r *MaxGroup) check() error {
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		if _, ok := r.Groups[name]; !ok {
			return fmt.Errorf("limits names the group %q, which groups does not", name)
		}
		if x := r.Limits[name]; x.IsNegative() || x.GreaterThan(geared) {
			return fmt.Errorf("limits: %s = %s must be a share of equity from 0 to %s", name, x, geared)
		}
	}
	if !slices.Contains([]string{together, alone, unlimited}, r.Others) {
		return fmt.Errorf("others = %q must be together, alone or unlimited", r.Others)
	}
	if r.Others == unlimited && len(r.Limits) > 0 && len(r.Limits) == len(r.Groups) && r.Percent.IsZero() && r.Amount.IsZero() {
		return nil
	}
	return checkBounds(r.Percent, r.Amount, geared)
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxGroup) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxGroup) limit(v *risk.View, of market.InstrumentID) (decimal.Decimal, bool) {
	name := r.names[of]
	if name == "" && r.Others == unlimited {
		return decimal.Zero, false
	}
	if share, ok := r.Limits[name]; ok && name != "" {
		return market.Product(share, equity(v, r.meter.account)).Decimal(), true
	}
	return bound(v, r.meter.account, r.Percent, r.Amount), true
}

func (r *MaxGroup) what(v *risk.View, of market.InstrumentID) string {
	name := "group " + r.names[of]
	switch {
	case r.names[of] != "":
	case r.Others == alone:
		name = v.Instrument(of).Base
	default:
		name = "assets in no group"
	}
	return scoped("exposure to "+name, r.meter.account)
}
