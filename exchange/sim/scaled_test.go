package sim_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
)

// TestScaled: every option that is a decimal is a cost and scaled, or named here.
func TestScaled(t *testing.T) {
	noCosts := []string{"Participation", "Queue"}
	var o sim.Options
	v := reflect.ValueOf(&o).Elem()
	for i := range v.NumField() {
		if v.Field(i).Type() == reflect.TypeFor[decimal.Decimal]() {
			v.Field(i).Set(reflect.ValueOf(decimal.New(3, 0)))
		}
	}
	v = reflect.ValueOf(o.Scaled(decimal.New(25, -1)))
	for i := range v.NumField() {
		got, ok := v.Field(i).Interface().(decimal.Decimal)
		if !ok {
			continue
		}
		want := "7.5"
		if slices.Contains(noCosts, v.Type().Field(i).Name) {
			want = "3"
		}
		if got.String() != want {
			t.Errorf("%s is %s, want %s", v.Type().Field(i).Name, got, want)
		}
	}
	if !o.SlippageBps.Equal(decimal.New(3, 0)) {
		t.Error("the options themselves have changed")
	}
}
