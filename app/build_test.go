package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// A configuration that names a type could mean either of two plug-ins of that name.
func TestTwoPluginsOfOneName(t *testing.T) {
	p := app.Default()
	p.Strategies = append(p.Strategies, p.Strategies[0])
	var said bytes.Buffer
	if code := app.Run(context.Background(), p, []string{"version"}, &said, &said); code != 2 || !strings.Contains(said.String(), "this program has two strategies of the name") {
		t.Errorf("code %d: %s", code, &said)
	}
}
