package parquet_test

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/frametest"
	"github.com/signalman-trading/signalman/internal/parquet"
)

var format = frametest.Format{Ending: ".parquet", Scan: parquet.Scan, Write: parquet.Write}

func TestFormat(t *testing.T) { frametest.Run(t, format) }

func FuzzScan(f *testing.F) { frametest.Fuzz(f, format) }
