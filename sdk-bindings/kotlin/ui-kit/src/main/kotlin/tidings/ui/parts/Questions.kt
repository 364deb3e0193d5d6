package tidings.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.error
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import tidings.sdk.FormField
import tidings.sdk.FormFieldKind
import tidings.ui.Wish
import tidings.ui.model.FormEntry
import tidings.ui.model.Piece
import tidings.ui.theme.Tidings

/** Answers to choose from, below the message that asks. */
@Composable
internal fun Choices(piece: Piece.Choices, onWish: (Wish) -> Unit) {
    Column(Modifier.padding(top = 6.dp)) {
        for (option in piece.options) {
            WordButton(option.label, Weight.SOFT, Modifier.padding(vertical = 1.dp)) {
                onWish(Wish.Choose(piece.message, option.id))
            }
        }
    }
}

/** A form that can be filled in. What is wrong is said once the person tried to send it. */
@Composable
internal fun FormView(piece: Piece.Form, ink: Color, onWish: (Wish) -> Unit) {
    var entry by remember(piece.message) { mutableStateOf(FormEntry()) }
    var hasTried by remember(piece.message) { mutableStateOf(false) }
    val words = Tidings.words
    Column(Modifier.padding(start = 13.dp, end = 13.dp, top = 10.dp, bottom = 2.dp), Arrangement.spacedBy(12.dp)) {
        Text(piece.title, Modifier.semantics { heading() }, color = ink, style = Tidings.type.strongStyle)
        for (field in piece.fields) {
            val problem = if (hasTried) entry.problem(field, words) else null
            if (field.kind == FormFieldKind.BOOLEAN) {
                YesOrNo(field, entry.checked[field.id] ?: false, ink) { entry = entry.with(field, it) }
            } else {
                Entry(field, entry.texts[field.id].orEmpty(), problem, ink) { entry = entry.with(field, it) }
            }
        }
        WordButton(words.sendForm, Weight.STRONG, Modifier.fillMaxWidth()) {
            hasTried = true
            entry.answers(piece.fields, words)?.let { onWish(Wish.Answer(piece.message, it)) }
        }
    }
}

@Composable
private fun label(field: FormField) = if (field.required) "${field.label} (${Tidings.words.required})" else field.label

@Composable
private fun Entry(field: FormField, text: String, problem: String?, ink: Color, onText: (String) -> Unit) {
    val label = label(field)
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Text(label, color = ink, style = Tidings.type.captionStrongStyle)
        Field(text, onText, keyboard(field.kind), if (problem == null) Tidings.colors.soft else Tidings.colors.danger) {
            contentDescription = label
            if (problem != null) error(problem)
        }
        problem?.let { Text(it, color = Tidings.colors.danger, style = Tidings.type.captionStyle) }
    }
}

private fun keyboard(kind: FormFieldKind) = KeyboardOptions(
    keyboardType = when (kind) {
        FormFieldKind.NUMBER -> KeyboardType.Decimal
        FormFieldKind.EMAIL -> KeyboardType.Email
        FormFieldKind.TEXT, FormFieldKind.DATE, FormFieldKind.BOOLEAN -> KeyboardType.Text
    },
)

/** A field with a border, one line high. */
@Composable
internal fun Field(
    text: String,
    onText: (String) -> Unit,
    keyboard: KeyboardOptions,
    border: Color,
    hint: String = "",
    describe: androidx.compose.ui.semantics.SemanticsPropertyReceiver.() -> Unit,
) {
    val shape = RoundedCornerShape(10.dp)
    BasicTextField(
        text,
        onText,
        Modifier.fillMaxWidth().defaultMinSize(minHeight = Tidings.spacing.target).semantics(properties = describe),
        textStyle = Tidings.type.bodyStyle.copy(color = Tidings.colors.ink),
        keyboardOptions = keyboard,
        singleLine = true,
        cursorBrush = SolidColor(Tidings.colors.accent),
    ) { inner ->
        Box(
            Modifier.background(Tidings.colors.surface, shape).border(1.dp, border, shape).padding(horizontal = 12.dp, vertical = 11.dp),
            contentAlignment = Alignment.CenterStart,
        ) {
            if (text.isEmpty()) Text(hint, color = Tidings.colors.soft, style = Tidings.type.bodyStyle, maxLines = 1)
            inner()
        }
    }
}

@Composable
private fun YesOrNo(field: FormField, yes: Boolean, ink: Color, onChange: (Boolean) -> Unit) {
    Row(
        Modifier.fillMaxWidth().defaultMinSize(minHeight = Tidings.spacing.target).toggleable(yes, role = Role.Switch, onValueChange = onChange),
        horizontalArrangement = Arrangement.spacedBy(12.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Text(label(field), Modifier.weight(1f), color = ink, style = Tidings.type.smallStyle)
        Switch(yes, onCheckedChange = null)
    }
}

/** A form that was filled in. */
@Composable
internal fun AnswersView(piece: Piece.Answers, ink: Color) {
    Column(Modifier.padding(start = 13.dp, end = 13.dp, top = 9.dp), Arrangement.spacedBy(6.dp)) {
        for ((label, value) in piece.answers) {
            Column {
                Text(label, color = ink.copy(alpha = 0.78f), style = Tidings.type.captionStyle)
                Text(value, color = ink, style = Tidings.type.bodyStyle)
            }
        }
    }
}
