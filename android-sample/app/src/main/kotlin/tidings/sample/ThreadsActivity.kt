package tidings.sample

import android.Manifest
import android.app.Activity
import android.app.AlertDialog
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.view.Menu
import android.view.MenuItem
import android.widget.ArrayAdapter
import android.widget.EditText
import android.widget.ListView
import com.google.firebase.messaging.FirebaseMessaging
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import tidings.sdk.ConversationItem
import tidings.sdk.SignOut
import tidings.sdk.TidingsException

/** The list of threads; asks who is there when nobody is signed in. */
class ThreadsActivity : Activity() {
    private val app get() = application as SampleApp
    private lateinit var rows: ArrayAdapter<String>
    private var threads: List<ConversationItem> = emptyList()
    private var visible: CoroutineScope? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        rows = ArrayAdapter(this, android.R.layout.simple_list_item_1)
        val list = ListView(this)
        list.adapter = rows
        list.setOnItemClickListener { _, _, position, _ -> startActivity(ConversationActivity.of(this, threads[position].id)) }
        setContentView(list)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        }
    }

    /** Collects while it can be seen, and no longer. */
    override fun onStart() {
        super.onStart()
        val scope = MainScope().also { visible = it }
        scope.launch {
            val client = app.client.await()
            if (client.account == null) askWho()
            client.conversations.collect { show(it) }
        }
        scope.launch { app.client.await().syncState.collect { actionBar?.subtitle = it.toString() } }
    }

    override fun onStop() {
        visible?.cancel()
        super.onStop()
    }

    override fun onCreateOptionsMenu(menu: Menu): Boolean {
        menu.add(NEW).setShowAsAction(MenuItem.SHOW_AS_ACTION_ALWAYS)
        menu.add(SIGN_OUT)
        return true
    }

    override fun onOptionsItemSelected(item: MenuItem): Boolean {
        // In the app's scope: it ends although the screen may go.
        app.scope.launch {
            when (item.title) {
                NEW -> startConversation()
                SIGN_OUT -> signOut()
            }
        }
        return true
    }

    private fun show(items: List<ConversationItem>) {
        threads = items
        rows.clear()
        rows.addAll(items.map { "${it.title ?: "Thread"}${unread(it)}\n${it.lastMessage?.text.orEmpty()}" })
    }

    private fun unread(item: ConversationItem) = if (item.unread > 0) " (${item.unread})" else ""

    private suspend fun startConversation() {
        try {
            startActivity(ConversationActivity.of(this, app.client.await().startConversation().id))
        } catch (failure: TidingsException) {
            actionBar?.subtitle = failure.message
        }
    }

    private suspend fun signOut() {
        Person.forget(this)
        app.client.await().signOut(SignOut.KEEP)
        askWho()
    }

    private fun askWho() {
        val name = EditText(this).apply { hint = "Name" }
        AlertDialog.Builder(this).setTitle("Who are you?").setView(name).setCancelable(false)
            .setPositiveButton("Sign in") { _, _ -> name.text.toString().trim().ifEmpty { null }?.let { signIn(Person.named(it)) } ?: askWho() }
            .setNegativeButton("Stay anonymous") { _, _ -> signIn(Person.anonymous()) }
            .show()
    }

    private fun signIn(person: Person) {
        app.scope.launch {
            person.signIn(app.client.await())
            person.save(this@ThreadsActivity)
            FirebaseMessaging.getInstance().token.addOnSuccessListener { token ->
                app.scope.launch { app.client.await().setFcmToken(token) }
            }
        }
    }

    private companion object {
        const val NEW = "New"
        const val SIGN_OUT = "Sign out"
    }
}
