package feather_test

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/feather"
	"github.com/signalman-trading/signalman/internal/frametest"
)

var format = frametest.Format{Ending: ".feather", Scan: feather.Scan, Write: feather.Write}

func TestFormat(t *testing.T) { frametest.Run(t, format) }

func FuzzScan(f *testing.F) { frametest.Fuzz(f, format) }
