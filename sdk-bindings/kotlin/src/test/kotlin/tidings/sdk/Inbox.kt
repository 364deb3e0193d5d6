package tidings.sdk

import java.math.BigInteger
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.security.SecureRandom
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.addJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

/** An agent who answers through the inbox's HTTP API, as the browser does. */
internal class Inbox(private val url: String, email: String, password: String) {
    private val cookie: String

    init {
        val body = buildJsonObject {
            put("email", email)
            put("password", password)
        }
        val answer = call(request("POST", "/inbox/v1/session", body))
        cookie = answer.headers().firstValue("set-cookie").orElseThrow().substringBefore(';')
    }

    /** What the users wrote in all threads, oldest first in each. */
    fun texts(conversation: ConversationId): List<String> =
        messages(conversation).map { message ->
            message.jsonObject["parts"]!!.jsonArray.joinToString { it.jsonObject["text"]!!.jsonPrimitive.content }
        }

    /** Which messages those of a thread quote, oldest first. */
    fun quotes(conversation: ConversationId): List<String?> =
        messages(conversation).map { it.jsonObject["quote"]?.jsonPrimitive?.content }

    /** What is known of who writes, once it says what is expected. */
    fun cardWith(conversation: ConversationId, expected: (String) -> Boolean): String {
        repeat(200) {
            val card = call(request("GET", "/inbox/v1/conversations/$conversation/user", JsonNull)).body()
            if (expected(card)) return card
            Thread.sleep(100)
        }
        throw AssertionError("the card never said what was expected")
    }

    /** From which screens somebody wrote, the newest first. */
    fun screens(card: String): List<String> = Json.parseToJsonElement(card).jsonObject["trail"]!!.jsonArray.map { entry ->
        entry.jsonObject["context"]!!.jsonObject["screen"]!!.jsonObject["name"]!!.jsonPrimitive.content
    }

    /** Answers the user. */
    fun reply(conversation: ConversationId, text: String) {
        val body = buildJsonObject {
            put("id", newMessageId())
            put("parts", buildJsonArray { addJsonObject { put("type", "text"); put("text", text) } })
        }
        call(request("POST", "/inbox/v1/conversations/$conversation/replies", body))
    }

    /** Asks the user for a `place` or a `photo`. */
    fun ask(conversation: ConversationId, purpose: String, what: String) {
        val body = buildJsonObject {
            put("id", newMessageId())
            put(
                "parts",
                buildJsonArray {
                    addJsonObject { put("type", "text"); put("text", purpose) }
                    addJsonObject { put("type", "request"); put("for", what) }
                },
            )
        }
        call(request("POST", "/inbox/v1/conversations/$conversation/replies", body))
    }

    /** The parts of the newest message of a thread, as they came. */
    fun newest(conversation: ConversationId): JsonArray = messages(conversation).last().jsonObject["parts"]!!.jsonArray

    /** Says that the team answers on one day of the week only, by the clock of Paris. */
    fun answersOn(day: String) {
        val agents = Json.parseToJsonElement(call(request("GET", "/inbox/v1/settings/agents", JsonNull)).body()).jsonObject
        val team = agents["teams"]!!.jsonArray.first().jsonObject["id"]!!.jsonPrimitive.content
        val hours = buildJsonObject {
            put("time_zone", "Europe/Paris")
            put("week", buildJsonArray { addJsonObject { put("day", day); put("from", "09:00"); put("until", "09:01") } })
        }
        call(request("PUT", "/inbox/v1/settings/teams/$team/hours", buildJsonObject { put("hours", hours) }))
    }

    /** Sets how the app looks, and an orange dot as its logo. */
    fun looks(name: String, accent: String, language: String, greeting: String) {
        val apps = Json.parseToJsonElement(call(request("GET", "/inbox/v1/settings/apps", JsonNull)).body()).jsonObject
        val app = "/inbox/v1/settings/apps/" + apps["apps"]!!.jsonArray.first().jsonObject["id"]!!.jsonPrimitive.content
        val look = buildJsonObject {
            put("name", name)
            put("accent", accent)
            put("greetings", buildJsonArray { addJsonObject { put("language", language); put("text", greeting) } })
        }
        call(request("PUT", "$app/appearance", look))
        val dot = HttpRequest.BodyPublishers.ofByteArray(java.util.Base64.getDecoder().decode(DOT))
        call(HttpRequest.newBuilder(URI("$url$app/logo")).PUT(dot).header("Origin", url).header("Cookie", cookie).build())
    }

    /** Has read everything. */
    fun read(conversation: ConversationId) {
        val last = messages(conversation).last().jsonObject["seq"]!!.jsonPrimitive.long
        call(request("PUT", "/inbox/v1/conversations/$conversation/receipt", buildJsonObject { put("read_seq", last) }))
    }

    private fun messages(conversation: ConversationId): List<JsonElement> {
        val answer = call(request("GET", "/inbox/v1/conversations/$conversation/thread", JsonNull)).body()
        return Json.parseToJsonElement(answer).jsonObject["messages"]!!.jsonArray
    }

    private fun request(method: String, path: String, body: JsonElement): HttpRequest {
        val bytes = when (body) {
            JsonNull -> HttpRequest.BodyPublishers.noBody()
            else -> HttpRequest.BodyPublishers.ofString(body.toString())
        }
        val builder = HttpRequest.newBuilder(URI(url + path)).method(method, bytes)
            .header("Content-Type", "application/json").header("Origin", url)
        return if (path == "/inbox/v1/session") builder.build() else builder.header("Cookie", cookie).build()
    }
}

/** The smallest PNG: one orange pixel. */
private const val DOT =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM45MgDAALYARBHDarQAAAAAElFTkSuQmCC"

/** A company's backend: it knows the secret of the app's identity key and signs tokens with it. */
internal class Backend(private val appId: String, secret: String) {
    private val secret: ByteArray = java.util.Base64.getUrlDecoder().decode(secret)

    /** An identity token of the company's user, good for 15 minutes. */
    fun token(user: String): String {
        val now = System.currentTimeMillis() / 1000
        val header = buildJsonObject { put("alg", "HS256"); put("typ", "JWT") }
        val claims: JsonObject = buildJsonObject {
            put("sub", user)
            put("aud", appId)
            put("iat", now)
            put("exp", now + 15 * 60)
        }
        val signed = "${encode(header.toString().encodeToByteArray())}.${encode(claims.toString().encodeToByteArray())}"
        val mac = javax.crypto.Mac.getInstance("HmacSHA256").apply { init(javax.crypto.spec.SecretKeySpec(secret, algorithm)) }
        return "$signed.${encode(mac.doFinal(signed.encodeToByteArray()))}"
    }

    private fun encode(bytes: ByteArray): String = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
}

private val http: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

private fun call(request: HttpRequest): HttpResponse<String> {
    val answer = http.send(request, HttpResponse.BodyHandlers.ofString())
    check(answer.statusCode() in 200..299) {
        "${request.method()} ${request.uri()}: ${answer.statusCode()}\n${answer.body()}"
    }
    return answer
}

/** A new id of a message: a UUIDv7 in the text form of TypeIDs. */
internal fun newMessageId(): String {
    val bytes = ByteArray(16).also(SecureRandom()::nextBytes)
    val now = System.currentTimeMillis()
    for (i in 0..5) bytes[i] = (now shr (40 - 8 * i)).toByte()
    bytes[6] = (bytes[6].toInt() and 0x0f or 0x70).toByte()
    bytes[8] = (bytes[8].toInt() and 0x3f or 0x80).toByte()
    val number = BigInteger(1, bytes)
    val digits = (25 downTo 0).map { number.shiftRight(5 * it).toInt() and 31 }
    return "msg_" + digits.joinToString("") { "0123456789abcdefghjkmnpqrstvwxyz"[it].toString() }
}
