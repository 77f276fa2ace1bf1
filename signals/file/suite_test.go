package file_test

import (
	"testing"

	"github.com/signalman-trading/signalman/signals/file"
	"github.com/signalman-trading/signalman/signals/signalstest"
)

func TestSuite(t *testing.T) {
	c := written(t, "grades.csv", grades)
	signalstest.Run(t, file.Plugin(), signalstest.With(func(s *file.Config) { *s = *c }))
}
