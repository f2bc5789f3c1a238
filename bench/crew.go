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

// crew is who takes part in a measurement over the network: this process, which sends; a server;
// and a process that receives, if the workload has one.
type crew struct {
	address        string // of the server
	server, remote *process
}

// newCrew starts the server of a system and a process that plays a role. That process prints a
// line after each per messages.
func newCrew(system, role string, per int) *crew {
	c := &crew{server: start("serve", system)}
	c.address = c.server.line()
	if role != "" {
		c.remote = start("play", system, role, c.address, strconv.Itoa(per))
		c.remote.line()
	}
	return c
}

func (c *crew) end() {
	if c.remote != nil {
		c.remote.end()
	}
	c.server.end()
}

// used is CPU time of each process of a crew.
type used struct{ server, sender, receiver time.Duration }

func (c *crew) used() used {
	u := used{server: c.server.cpuTime(), sender: cpuTime()}
	if c.remote != nil {
		u.receiver = c.remote.cpuTime()
	}
	return u
}

// account adds what one of so many units has cost since then.
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

// process is a child that serves or plays a role. It ends when its standard input does, so it
// survives nobody.
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

// resident returns how much memory the process holds once it has collected its garbage.
func (p *process) resident() float64 {
	_, err := fmt.Fprintln(p.in)
	must(err)
	bytes, err := strconv.ParseFloat(p.line(), 64)
	must(err)
	return bytes
}

func (p *process) cpuTime() time.Duration { return cpuTimeOf(p.cmd.Process.Pid) }

// cpuTimeOf returns what a process has used so far, all its threads together.
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
	if args[0] == "serve" {
		fmt.Println(system.serve())
	} else {
		per, err := strconv.ParseInt(args[4], 10, 64)
		must(err)
		var got atomic.Int64
		system.roles[args[2]](args[3], func() {
			if got.Add(1)%per == 0 {
				os.Stdout.WriteString("\n")
			}
		})
		fmt.Println("ready")
	}
	for in := bufio.NewReader(os.Stdin); ; {
		if _, err := in.ReadString('\n'); err != nil {
			return true
		}
		debug.FreeOSMemory()
		fmt.Println(residentBytes())
	}
}

// profileVariable is the environment variable that says where the processes of a crew leave CPU
// profiles.
const profileVariable = "ENTANGLE_BENCH_PROFILE"
