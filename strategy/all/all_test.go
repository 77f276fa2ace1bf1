package all_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/all"
)

// Names rise, and each plug-in has a sample of its own type.
func TestAll(t *testing.T) {
	last := ""
	for _, p := range all.All() {
		if p.Name <= last {
			t.Errorf("%s stands after %s", p.Name, last)
		}
		last = p.Name
		if !strings.Contains(p.Sample, `"`+p.Name+`"`) || p.Doc == "" || p.New() == nil {
			t.Errorf("%s: no sample of its type, no doc or no New", p.Name)
		}
	}
}
