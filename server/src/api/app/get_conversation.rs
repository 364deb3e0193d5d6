//! `GET /app/v1/conversations/{id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::ConversationId;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::Path;

/// The header of one conversation.
#[utoipa::path(
    get, path = "/app/v1/conversations/{id}", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path)), responses((status = 200, body = Conversation), Problems)
)]
pub(crate) async fn get_conversation(
    State(app): State<App>,
    user: User,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app.db.user_conversation(user.session.user_id, id).await?;
    conversation.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::ConversationId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn not_yours_and_not_there_are_the_same_answer() {
        let harness = Harness::start().await;
        let (ana, ben) = (harness.anonymous(1).await, harness.anonymous(2).await);
        let hers = harness.conversation(&ana, 1).await;
        assert_eq!(harness.get(&format!("/app/v1/conversations/{hers}")).bearer(&ana).await.status, 200);
        let not_his = harness.get(&format!("/app/v1/conversations/{hers}")).bearer(&ben).await;
        let nowhere = ConversationId::from_parts(9, [9; 10]);
        let not_there = harness.get(&format!("/app/v1/conversations/{nowhere}")).bearer(&ben).await;
        assert_eq!(not_his.status, 404);
        assert_eq!(not_his.json(), not_there.json());
    }

    #[tokio::test]
    async fn an_id_of_another_kind_is_refused() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        for id in ["7", "msg_01h2xcejqtf2nbrexx3vqjhp41", "cnv_", "%ff", "cnv_01h2xcejqtf2nbrexx3vqjhp4%00"] {
            let answer = harness.get(&format!("/app/v1/conversations/{id}")).bearer(&token).await;
            assert_eq!(answer.code(), "invalid_parameter", "{id}");
        }
    }
}
