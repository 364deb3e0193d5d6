//! People for the demo: a dozen users of one app, in French and English, some waiting, some answered, some closed. Everything is
//! written through the public APIs.

use std::net::SocketAddr;

use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::{AppId, MessageId};

use crate::agent::Agent;
use crate::backend::Identity;
use crate::clock;
use crate::phone::{Phone, Sent};

/// One line of a thread.
#[derive(Debug, Clone, Copy)]
enum Line {
    User(&'static str),
    /// By the first agent or the second.
    Agent(usize, &'static str),
    Note(usize, &'static str),
    /// An agent takes the thread on.
    Assign(usize),
    Close,
}

use Line::{Agent as A, Assign, Close, Note as N, User as U};

struct Person {
    external_id: &'static str,
    name: &'static str,
    email: &'static str,
    threads: &'static [(&'static str, &'static [Line])],
}

const PEOPLE: &[Person] = &[
    Person {
        external_id: "1001",
        name: "Camille Laurent",
        email: "camille.laurent@example.com",
        threads: &[(
            "Commande 48213",
            &[
                U("Bonjour, ma commande devait arriver hier et je n'ai rien reçu."),
                A(0, "Bonjour Camille, je regarde tout de suite avec le transporteur."),
                N(0, "Le colis est bloqué au dépôt de Lyon depuis mardi."),
                A(0, "Il est au dépôt de Lyon. Il sera chez vous demain avant midi."),
                U("Parfait, merci beaucoup !"),
                Assign(0),
            ],
        )],
    },
    Person {
        external_id: "1002",
        name: "Oliver Bennett",
        email: "oliver.bennett@example.com",
        threads: &[(
            "Can't sign in",
            &[
                U("Hi! After the last update the app logs me out every time I close it."),
                U("It is a Pixel 8, Android 16."),
            ],
        )],
    },
    Person {
        external_id: "1003",
        name: "Léa Fontaine",
        email: "lea.fontaine@example.com",
        threads: &[(
            "Remboursement",
            &[
                U("J'ai renvoyé les chaussures le 3, quand serai-je remboursée ?"),
                A(1, "Nous les avons reçues hier. Le remboursement part aujourd'hui, comptez trois jours."),
                U("Super, merci."),
                A(1, "Avec plaisir, bonne journée !"),
                Assign(1),
                Close,
            ],
        )],
    },
    Person {
        external_id: "1004",
        name: "Priya Raman",
        email: "priya.raman@example.com",
        threads: &[
            (
                "Invoice for October",
                &[
                    U("Could you send me the October invoice with our VAT number on it?"),
                    A(0, "Of course. Which number should be on it?"),
                    U("It's in our profile, ending in 417."),
                    N(0, "Finance makes these by hand, I've asked Jo."),
                    Assign(0),
                ],
            ),
            (
                "A wish",
                &[
                    U("Would love a dark mode in the app :)"),
                    A(1, "It comes with the next version, in December!"),
                    Close,
                ],
            ),
        ],
    },
    Person {
        external_id: "1005",
        name: "Julien Mercier",
        email: "julien.mercier@example.com",
        threads: &[("Livraison", &[U("Livrez-vous en Suisse ?")])],
    },
    Person {
        external_id: "1006",
        name: "Sarah O'Connor",
        email: "sarah.oconnor@example.com",
        threads: &[(
            "Wrong colour",
            &[
                U("The jacket I got is green, I ordered blue. Order 48077."),
                A(1, "I'm sorry, Sarah! A blue one leaves today. Please keep the label of the green one."),
                Assign(1),
                U("Thank you. Do I have to pay for sending it back?"),
            ],
        )],
    },
    Person {
        external_id: "1007",
        name: "Nina Schneider",
        email: "nina.schneider@example.com",
        threads: &[("Payment", &[U("My card was charged twice for order 48190. Can you check? 🙏")])],
    },
    Person {
        external_id: "1008",
        name: "Thomas Girard",
        email: "thomas.girard@example.com",
        threads: &[(
            "Taille",
            &[
                U("Je fais 1,86 m pour 78 kg, plutôt L ou XL ?"),
                A(0, "Plutôt L : la coupe est ample."),
                U("Je prends L alors."),
                Close,
            ],
        )],
    },
    Person {
        external_id: "1009",
        name: "Emma Clarke",
        email: "emma.clarke@example.com",
        threads: &[(
            "Gift card",
            &[U("Can I use two gift cards for one order?"), A(1, "Yes, up to five."), U("Brilliant!"), Close],
        )],
    },
    Person {
        external_id: "1010",
        name: "Mehdi Benali",
        email: "mehdi.benali@example.com",
        threads: &[(
            "Adresse",
            &[
                U("J'ai déménagé, comment changer l'adresse d'une commande déjà passée ?"),
                U("C'est la 48221, urgent svp."),
            ],
        )],
    },
    Person {
        external_id: "1011",
        name: "Hannah Lindqvist",
        email: "hannah.lindqvist@example.com",
        threads: &[(
            "Subscription",
            &[
                U("How do I pause my subscription over the summer?"),
                A(
                    0,
                    "In the app: Profile, Subscription, Pause. It comes back by itself on the day you choose.",
                ),
            ],
        )],
    },
    Person {
        external_id: "1012",
        name: "Antoine Roche",
        email: "antoine.roche@example.com",
        threads: &[("Facture", &[U("Pouvez-vous me renvoyer la facture du 12 novembre ?"), Assign(1)])],
    },
];

/// Writes all threads; `progress` is told of each person.
pub async fn people(
    address: SocketAddr,
    app_id: AppId,
    identity: &Identity,
    agents: &mut [Agent; 2],
    mut progress: impl FnMut(usize, usize),
) -> anyhow::Result<()> {
    for (index, person) in PEOPLE.iter().enumerate() {
        let token = identity.token_with_email(person.external_id, person.name, person.email)?;
        let mut phone = Phone::sign_in(address, app_id, Some(token)).await?;
        for (title, lines) in person.threads {
            let conversation = phone.open_conversation(Some(title)).await?;
            for line in *lines {
                match *line {
                    U(text) => {
                        let sent =
                            phone.send(conversation, clock::new_id(MessageId::from_parts), text).await?;
                        anyhow::ensure!(sent != Sent::Unknown, "the server did not answer");
                    }
                    A(who, text) => drop(agents[who].reply(conversation, text).await?),
                    N(who, text) => drop(agents[who].note(conversation, text).await?),
                    Assign(who) => {
                        let id = agents[who].me.id;
                        agents[who].assign(conversation, Some(id)).await?;
                    }
                    Close => drop(agents[0].set_state(conversation, ConversationState::Closed).await?),
                }
            }
        }
        progress(index + 1, PEOPLE.len());
    }
    Ok(())
}
