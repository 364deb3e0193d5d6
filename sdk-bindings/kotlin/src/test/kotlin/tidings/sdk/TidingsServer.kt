package tidings.sdk

import java.io.File
import java.net.ServerSocket
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** The real server, as a process with its own folder and port. It dies with the test. */
internal class TidingsServer(private val folder: Path) : AutoCloseable {
    private val port = ServerSocket(0).use { it.localPort }
    private var process: Process? = null

    val url = "http://127.0.0.1:$port"

    /** What `tidings init` answered. */
    val installation: JsonObject = Json.parseToJsonElement(run("init", "--json")).jsonObject

    fun start() {
        process = command("serve")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start()
        val until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30)
        while (!isReady()) {
            check(process!!.isAlive) { "the server ended at its start:\n${log.readText()}" }
            check(System.nanoTime() < until) { "the server was not ready within 30 s:\n${log.readText()}" }
            Thread.sleep(20)
        }
    }

    /** SIGKILL: it gets no chance to finish anything. */
    fun kill() {
        process?.destroyForcibly()?.waitFor()
        process = null
    }

    override fun close() = kill()

    private val log: File get() = folder.resolve("server.log").toFile()

    private fun run(vararg arguments: String): String {
        val ran = command(*arguments).redirectError(ProcessBuilder.Redirect.appendTo(log)).start()
        val said = ran.inputStream.readAllBytes().decodeToString()
        check(ran.waitFor() == 0) { "tidings ${arguments.joinToString(" ")} failed:\n$said\n${log.readText()}" }
        return said
    }

    private fun command(vararg arguments: String): ProcessBuilder {
        val builder = ProcessBuilder(program, *arguments).directory(folder.toFile())
        builder.environment().keys.removeIf { it.startsWith("TIDINGS_") || it.endsWith("_URL") }
        builder.environment()["TIDINGS_LISTEN"] = "127.0.0.1:$port"
        // One agent of the tests writes as much as a hundred.
        builder.environment()["TIDINGS_RATES_ENABLED"] = "false"
        return builder
    }

    private fun isReady(): Boolean = try {
        val request = HttpRequest.newBuilder(URI("$url/ready")).build()
        http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200
    } catch (_: java.io.IOException) {
        false
    }

    private companion object {
        val http: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        /** The binary under test. A test that cannot run has failed. */
        val program: String by lazy {
            val named = System.getenv("TIDINGS_SERVER_BIN")
                ?: error("TIDINGS_SERVER_BIN names no `tidings` to test against: `cargo build -p tidings-server`, then name it")
            check(File(named).canExecute()) { "TIDINGS_SERVER_BIN names $named, which cannot be started" }
            named
        }
    }
}
