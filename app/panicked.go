package app

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// panicked returns the place of the panic that is under way: the first frame below the
// runtime's own, without the directories of the machine that built the program.
func panicked() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	for below := false; ; {
		f, more := frames.Next()
		if below && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", path.Join(path.Base(path.Dir(f.File)), path.Base(f.File)), f.Line)
		}
		below = below || f.Function == "runtime.gopanic"
		if !more {
			return "place unknown"
		}
	}
}
