package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// crew is the processes of a measurement over the network: this process, which sends; a server; and
// a process that receives, if the workload has one.
type crew struct {
	address          string // of the server
	server, receiver *process
}

// newCrew starts the server of a system and a process that plays a role. That process prints a
// line after each per messages.
func newCrew(system, role string, per int) *crew {
	c := &crew{server: start("serve", system)}
	c.address = c.server.line()
	if role != "" {
		c.receiver = start("play", system, role, c.address, strconv.Itoa(per))
		c.receiver.line()
	}
	return c
}

func (c *crew) end() {
	if c.receiver != nil {
		c.receiver.end()
	}
	c.server.end()
}

// used is CPU time of each process of a crew.
type used struct{ server, sender, receiver time.Duration }

func (c *crew) used() used {
	u := used{server: c.server.cpuTime(), sender: cpuTime()}
	if c.receiver != nil {
		u.receiver = c.receiver.cpuTime()
	}
	return u
}

// account adds the cost of one of n units since the given state.
func (c *crew) account(r *result, before used, units int) {
	now, per := c.used(), float64(units)
	r.Server = micros(now.server-before.server) / per
	r.Sender = micros(now.sender-before.sender) / per
	r.Receiver = micros(now.receiver-before.receiver) / per
	r.CPU = r.Server + r.Sender + r.Receiver
}

// timed runs batches of per units, as the function of the same name does, and accounts all of the
// crew.
func (c *crew) timed(d time.Duration, per int, batch func()) result {
	warmUp(d, batch)
	before := c.used()
	r, units := repeat(d, per, batch)
	c.account(&r, before, units)
	return r
}

// timedEach is timed for batches whose times matter too.
func (c *crew) timedEach(d time.Duration, per int, batch func()) result {
	var times latencies
	return times.into(c.timed(d, per, func() {
		before := time.Now()
		batch()
		times.add(time.Since(before))
	}))
}

// idle measures the cost, and the memory in the server, of each of n things that open opens.
func (c *crew) idle(n int, open func()) result {
	resident, before := c.server.resident(), c.used()
	open()
	var r result
	c.account(&r, before, n)
	r.RSS = (c.server.resident() - resident) / float64(n)
	return r
}

// process is a child that serves or plays a role. It ends with its standard input, so it does not
// survive its parent.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts this program once more.
func start(args ...string) *process {
	self, err := os.Executable()
	must(err)
	p := &process{cmd: exec.Command(self, args...)}
	p.cmd.Stderr = os.Stderr
	p.in, err = p.cmd.StdinPipe()
	must(err)
	out, err := p.cmd.StdoutPipe()
	must(err)
	p.out = bufio.NewReader(out)
	must(p.cmd.Start())
	return p
}

// line waits for a line that the process prints.
func (p *process) line() string {
	line, err := p.out.ReadString('\n')
	if err != nil {
		panic(fmt.Errorf("%s has ended: %w", strings.Join(p.cmd.Args[1:], " "), err))
	}
	return strings.TrimSuffix(line, "\n")
}

// goOn makes the process take the next step of its role, and returns when it has.
func (p *process) goOn() { p.tell() }

// tell makes the process take its next step, and returns the line that it prints.
func (p *process) tell() string {
	_, err := fmt.Fprintln(p.in)
	must(err)
	return p.line()
}

// resident returns how much memory a server holds once it has collected its garbage.
func (p *process) resident() float64 {
	bytes, err := strconv.ParseFloat(p.tell(), 64)
	must(err)
	return bytes
}

func (p *process) cpuTime() time.Duration { return cpuTimeOf(p.cmd.Process.Pid) }

// cpuTimeOf returns the CPU time that a process has used so far, all its threads together.
func cpuTimeOf(pid int) time.Duration {
	clock := int32(^pid)<<3 | 2 // the process's clock of CPU time, as clock_getcpuclockid(3) makes it
	var t unix.Timespec
	must(unix.ClockGettime(clock, &t))
	return time.Duration(t.Nano())
}

func (p *process) end() {
	p.in.Close()
	must(p.cmd.Wait())
}

// act is the main function of a process that start has started; it reports false in any other one.
func act(args []string) bool {
	if len(args) == 0 || args[0] != "serve" && args[0] != "play" {
		return false
	}
	if prefix := os.Getenv(profileVariable); prefix != "" {
		file, err := os.Create(prefix + "-" + args[0] + ".pprof")
		must(err)
		defer file.Close()
		must(pprof.StartCPUProfile(file))
		defer pprof.StopCPUProfile()
	}
	system := systems[args[1]]
	var steps []func()
	if args[0] == "serve" {
		fmt.Println(system.serve())
	} else {
		steps = system.play(args[2], args[3], args[4])
		fmt.Println("ready")
	}
	for in := bufio.NewReader(os.Stdin); ; {
		if _, err := in.ReadString('\n'); err != nil {
			return true
		}
		if len(steps) > 0 {
			steps[0]()
			steps = steps[1:]
			fmt.Println("done")
			continue
		}
		debug.FreeOSMemory()
		fmt.Println(residentBytes())
	}
}

// play plays a role, and returns its further steps.
func (s *system) play(role, address, perLine string) (steps []func()) {
	per, err := strconv.ParseInt(perLine, 10, 64)
	must(err)
	var count atomic.Int64
	got := func() {
		if count.Add(1)%per == 0 {
			os.Stdout.WriteString("\n")
		}
	}
	if role == crowd {
		return s.crowd(address, got)
	}
	s.roles[role](address, got)
	return nil
}

// profileVariable is the environment variable that says where the processes of a crew leave CPU
// profiles.
const profileVariable = "ENTANGLE_BENCH_PROFILE"
