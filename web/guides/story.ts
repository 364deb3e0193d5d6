// What is to be seen in the pictures of the guides, in each language.

export interface Story {
  locale: string;
  people: { sub: string; name: string; email: string; title: string; says: string[]; answer?: string }[];
  /** What the backend and the app say of them, and of the conversation that is opened. */
  fields: { user: object; conversation: object };
  /** From where in the app the first of them writes. */
  screen: { name: string; title: string; detail: string };
  holiday: string;
  note: string;
  draft: string;
}

const en: Story = {
  locale: "en-GB",
  people: [
    {
      sub: "c-1042",
      name: "Mia Lindqvist",
      email: "mia@example.org",
      title: "My order 1042",
      says: ["Hello, my parcel arrived today.", "The lamp inside is broken, see the photo."],
      answer: "Hello Mia, I am sorry! A new one leaves our house tomorrow morning.",
    },
    {
      sub: "c-77",
      name: "Tom Becker",
      email: "tom@example.org",
      title: "Opening hours",
      says: ["Are you open on Saturday?"],
    },
    {
      sub: "c-310",
      name: "Léa Fontaine",
      email: "lea@example.org",
      title: "Invoice",
      says: ["I need an invoice for October."],
    },
    {
      sub: "c-5",
      name: "Noah Silva",
      email: "noah@example.org",
      title: "Return",
      says: ["How do I send the blue one back?"],
    },
  ],
  fields: { user: { plan: "Gold", orders: 7 }, conversation: { order: "1042" } },
  screen: { name: "order", title: "My order", detail: "1042" },
  holiday: "Christmas",
  note: "The depot has three of these lamps left.",
  draft: "Is there anything else that I can do for you?",
};

const fr: Story = {
  locale: "fr-FR",
  people: [
    {
      sub: "c-1042",
      name: "Mia Lindqvist",
      email: "mia@example.org",
      title: "Ma commande 1042",
      says: ["Bonjour, mon colis est arrivé aujourd’hui.", "La lampe est cassée, voyez la photo."],
      answer: "Bonjour Mia, j’en suis désolée ! Une neuve part demain matin.",
    },
    {
      sub: "c-77",
      name: "Tom Becker",
      email: "tom@example.org",
      title: "Horaires",
      says: ["Êtes-vous ouverts samedi ?"],
    },
    {
      sub: "c-310",
      name: "Léa Fontaine",
      email: "lea@example.org",
      title: "Facture",
      says: ["Il me faut une facture pour octobre."],
    },
    {
      sub: "c-5",
      name: "Noah Silva",
      email: "noah@example.org",
      title: "Retour",
      says: ["Comment renvoyer la bleue ?"],
    },
  ],
  fields: { user: { formule: "Or", commandes: 7 }, conversation: { commande: "1042" } },
  screen: { name: "order", title: "Ma commande", detail: "1042" },
  holiday: "Noël",
  note: "Il reste trois de ces lampes au dépôt.",
  draft: "Puis-je faire autre chose pour vous ?",
};

export const STORIES = { en, fr } as const;
