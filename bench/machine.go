package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// machine says where the figures come from.
type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
}

func thisMachine() machine {
	m := machine{"unknown", runtime.NumCPU(), runtime.GOOS + "/" + runtime.GOARCH}
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// usage is CPU time used since the machine started.
type usage struct{ all, idle, children time.Duration }

func usageNow() (usage, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return usage{}, err
	}
	var t [8]int64 // user, nice, system, idle, iowait, irq, softirq, steal
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]); err != nil {
		return usage{}, err
	}
	const tick = time.Second / 100
	var u usage
	for _, n := range t {
		u.all += time.Duration(n) * tick
	}
	u.idle = time.Duration(t[3]+t[4]) * tick
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		return usage{}, err
	}
	u.children = time.Duration(children.Utime.Nano() + children.Stime.Nano())
	return u, nil
}

// foreignSince returns which part of the machine others used: 0 is none, 1 all of it.
func (before usage) foreignSince() (float64, error) {
	now, err := usageNow()
	if err != nil || now.all == before.all {
		return 0, err
	}
	busy := (now.all - before.all) - (now.idle - before.idle) - (now.children - before.children)
	return max(0, float64(busy)/float64(now.all-before.all)), nil
}
