package tidings.sdk
import org.junit.jupiter.api.Test
class ProbeTest { @Test fun probes() { check(probe() == 1) } }
